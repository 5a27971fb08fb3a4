// A requirement: one promise of a lock file, and the check of it.

#ifndef CONFORMANCE_REQUIREMENT_H_
#define CONFORMANCE_REQUIREMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/profile.h"

namespace conformance {

class Trial;

enum class Level {
  kMust,    // without it the lock is broken
  kShould,  // a good lock keeps it, and its users expect it
};

struct Requirement {
  // `Chapter.Name`: also its GoogleTest name, its name on the command line, its
  // row in every report and its anchor in the docs.
  absl::string_view id;
  Level level = Level::kMust;
  absl::string_view promise;             // one sentence
  absl::string_view reason;              // why it matters; who has been bitten
  std::vector<absl::string_view> needs;  // capabilities
  // Drives contenders and judges what they answer. It runs in a process of its
  // own; see trial.h.
  void (*check)(Trial&) = nullptr;
  // Other requirements without which nothing can be said of this one: where one
  // of them is broken, a failure of this one is not judged. Besides, each step
  // of a check that only does what a more basic requirement promises rests on
  // that one (Trial::Explains).
  std::vector<absl::string_view> rests_on = {};
  Scope scope = Scope::kAll;
  // Most of its time the check waits, so it needs no processor of its own.
  bool patient = false;
  // The reason why it has no meaning for a lock of Windows; "": it has.
  // Catalogue() fills it in, from not_on_windows.cc.
  absl::string_view not_on_windows = {};
};

// The part of an id before the dot.
inline absl::string_view ChapterOf(absl::string_view id) {
  return id.substr(0, id.find('.'));
}

inline absl::string_view LevelName(Level level) {
  return level == Level::kMust ? "MUST" : "SHOULD";
}

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENT_H_
