// The lock as a table: what each action of one party does to it, and what the
// party is told. The checker steps through it, the explorer judges by it, and
// docs/specification.md prints it. One truth, three uses.
//
// A party is one handle of one contender. "Me" is the party that acts.

#ifndef CONFORMANCE_MODEL_H_
#define CONFORMANCE_MODEL_H_

#include <array>
#include <cstddef>

namespace conformance {

enum class LockState { kUnlocked, kHeldByMe, kHeldByOther };
inline constexpr size_t kLockStates = 3;

enum class Action {
  kAcquire,  // without waiting
  kRelease,
  kDestroy,  // the lock object goes away
  kFork,     // and whatever the child does with its copy
  kExec,     // by a child
  kDeath,    // of my process, however it comes
};
inline constexpr size_t kActions = 6;

struct Effect {
  bool granted;    // kAcquire: acquired, else refused
  LockState next;  // as I see it
};

// kModel[state][action].
inline constexpr std::array<std::array<Effect, kActions>, kLockStates> kModel =
    {{
        // Unlocked
        {{{true, LockState::kHeldByMe},
          {false, LockState::kUnlocked},
          {false, LockState::kUnlocked},
          {false, LockState::kUnlocked},
          {false, LockState::kUnlocked},
          {false, LockState::kUnlocked}}},
        // HeldByMe
        {{{false, LockState::kHeldByMe},
          {false, LockState::kUnlocked},
          {false, LockState::kUnlocked},
          {false, LockState::kHeldByMe},
          {false, LockState::kHeldByMe},
          {false, LockState::kUnlocked}}},
        // HeldByOther
        {{{false, LockState::kHeldByOther},
          {false, LockState::kHeldByOther},
          {false, LockState::kHeldByOther},
          {false, LockState::kHeldByOther},
          {false, LockState::kHeldByOther},
          {false, LockState::kHeldByOther}}},
    }};

inline constexpr Effect Step(LockState state, Action action) {
  return kModel[static_cast<size_t>(state)][static_cast<size_t>(action)];
}

}  // namespace conformance

#endif  // CONFORMANCE_MODEL_H_
