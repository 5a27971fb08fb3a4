// A model of a tiny kernel, on which small programs run one step at a time:
// names, files, open files and flock. Pure and deterministic, so the
// schedulers can be tested on it by brute force, without a process.
//
// It also has the locks whose numbers of schedules are known from real
// processes, and broken ones whose race a search must find.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_MODEL_KERNEL_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_MODEL_KERNEL_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {

// One visible call, and where the program goes on.
struct Instruction {
  enum class Call {
    kOpen,             // fails if there is no such name
    kCreate,           // O_CREAT
    kCreateExclusive,  // O_CREAT | O_EXCL
    kTryLock,          // flock(LOCK_EX | LOCK_NB)
    kLock,             // flock(LOCK_EX): blocked while another holds it
    kUnlock,
    kClose,
    kUnlink,
    kRename,  // of `name` to `other`
    kWrite,
    kRead,
    kFstat,     // for a later kSameFile
    kSameFile,  // stat; fails if `name` isn't the file that kFstat saw
    kExists,    // stat
  };
  static constexpr int kNext = -1;
  static constexpr int kEnd = -2;

  Call call = Call::kOpen;
  int name = 0;   // a number below kNames
  int other = 0;  // kRename's second
  int slot = 0;   // a descriptor, below kSlots; opening closes what was there
  int on_success = kNext;
  int on_failure = kNext;
  bool acquires = false;  // if it succeeds, holding begins
  bool releases = false;  // holding ends when it begins
  bool yields = false;    // if it fails, the program sleeps a while
  bool begins = false;    // a command: before it, the program is idle
};

using Program = std::vector<Instruction>;

class ModelKernel {
 public:
  static constexpr int kNames = 2;
  static constexpr int kSlots = 2;

  // `left_over`: name 0 exists at the start.
  explicit ModelKernel(std::vector<Program> programs, bool left_over = false);

  // Offers crashes, interrupted locks and failing writes as faults.
  void OfferFaults() { offers_faults_ = true; }

  std::vector<ActorState> Actors() const;
  bool Enabled(int actor) const;
  bool AnyEnabled() const;

  // Of an actor that is enabled.
  Footprint Execute(const Step& step);

  // Nobody is enabled, but somebody hasn't finished.
  bool Deadlocked() const;

  // The most that held at the same time.
  int max_holders() const { return max_holders_; }

  // The answers to every program, and what is left: the same for equivalent
  // schedules.
  std::string Outcome() const;

 private:
  struct File {
    std::string id;  // who made it, and how many that one had made before
    int data = 0;
    int lock = -1;  // which open file has it
  };
  struct OpenFile {
    int file = 0;
    int number = 0;
  };
  struct Actor {
    Program program;
    int at = 0;  // kEnd: finished
    std::array<std::optional<OpenFile>, kSlots> open;
    int seen = -1;  // the file that kFstat saw
    int files_made = 0;
    bool holds = false;
    bool yielded = false;
    std::string answers;
  };

  bool Do(Actor& actor, int number, const Instruction& instruction,
          Footprint& footprint);
  bool DoOpen(Actor& actor, int number, const Instruction& instruction,
              Footprint& footprint);
  bool DoLock(const Actor& actor, const Instruction& instruction,
              Footprint& footprint);
  void Close(std::optional<OpenFile>& open, Footprint& footprint);
  void SetHolds(Actor& actor, bool holds, Footprint& footprint);
  void Crash(Actor& actor, Footprint& footprint);

  std::vector<Actor> actors_;
  std::vector<File> files_;
  std::array<std::optional<int>, kNames> names_;
  int opened_ = 0;
  int holders_ = 0;
  int max_holders_ = 0;
  bool offers_faults_ = false;
};

// Locks, `cycles` times acquired and released if free: by the letters of the
// table that was measured with real processes, and some more.
//   a  flock, and close
//   b  flock; unlinks on release: two can hold
//   c  looks whether the file exists, then creates it: two can hold
//   d  O_EXCL, and unlink
//   e  as b, but makes sure that the file is still the one with the name
//   h  blocking flock
//   p  as a, but tries until it has the lock, sleeping in between
Program LockProgram(char letter, int cycles);

// A contender of that lock for each number of cycles.
ModelKernel LockModel(char letter, const std::vector<int>& cycles,
                      bool left_over = false);

// One execution of a model.
struct ModelExecution {
  std::vector<Step> steps;
  std::vector<Footprint> footprints;
  bool complete = false;  // else given up by the scheduler, or too long
  bool deadlocked = false;
  int max_holders = 0;
  int preemptions = 0;
  std::string outcome;  // of a complete one
};

struct Limits {
  int steps = 1000;         // of an execution
  bool two_holders = true;  // may hold at the same time
};

// Runs all of a scheduler's executions, calling `visit` after each. Those that
// go beyond the limits are given up there.
void RunAll(Scheduler& scheduler, const ModelKernel& start,
            absl::FunctionRef<void(const ModelExecution&)> visit,
            const Limits& limits = {});

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_MODEL_KERNEL_H_
