// Names of entries that are made up anew each time, such as those of mkstemp(3)
// and of counters, recognised and numbered: the step that makes such a name is
// the same in every execution, though the name isn't.
//
// Which names are made up is learnt from two executions of the same schedule: a
// name that differs between them is, one that is the same isn't. The shape is
// learnt: the text before and behind the part that varies, and how long that
// part is.
//
// A name that looks made up but comes again and again in later executions was
// taken for what it isn't: reused() says so, and what was searched counts for
// nothing.
// Pure.

#ifndef CONFORMANCE_EXPLORER_EXECUTION_GENERATED_NAMES_H_
#define CONFORMANCE_EXPLORER_EXECUTION_GENERATED_NAMES_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {

// The text with other words for some of the numbers in it: `word` is asked of
// each whole run of digits, and nullopt leaves it.
std::string WithOtherNumbers(
    absl::string_view text,
    absl::FunctionRef<std::optional<std::string>(absl::string_view)> word);

// Whether two executions of one schedule touched the same, step by step, but
// for names that are others each time: each name of the one stands for one of
// the other.
bool SameButForNames(const std::vector<Footprint>& once,
                     const std::vector<Footprint>& again);

class GeneratedNames {
 public:
  // An execution begins, with these entries, whose names are not made up.
  void Begin(const std::vector<Entry>& initial);

  // The same name in all executions: `lettered` is the path with letters for
  // pids, "lock.{a}", and for a component that is made up there is "{a:2}", the
  // second of contender a's, if a was the first to use it.
  std::string Canonical(absl::string_view path, absl::string_view lettered,
                        int actor);

  // Whether it is the name of an entry that was there at the start.
  bool IsInitial(absl::string_view part) const {
    return initial_.count(part) != 0;
  }

  // With a "*" for what is made up; not counted.
  std::string Pattern(absl::string_view path) const;

  // Of two executions of the same schedule, what the same step touched. False:
  // they differ in something else than names, or in names that are too short or
  // too many for it to be told how.
  bool Learn(const Footprint& once, const Footprint& again);

  // Whether there is nothing to learn from it: of each name it is known that it
  // isn't made up, or it has been given a label.
  bool KnowsAll(const Footprint& footprint) const;

  bool knows_any() const { return !shapes_.empty(); }
  bool reused() const { return reused_; }

 private:
  // The part that is made up stands between the two.
  struct Shape {
    std::string prefix;
    std::string suffix;
    size_t length = 0;  // of the whole name; 0: any, of digits
  };

  bool IsMadeUp(absl::string_view name) const;
  void LearnFixed(absl::string_view path);
  bool LearnPair(absl::string_view once, absl::string_view again);

  std::vector<Shape> shapes_;
  std::set<std::string, std::less<>> fixed_;    // not made up
  std::set<std::string, std::less<>> initial_;  // nor these, this time
  std::map<std::string, std::string, std::less<>> labels_;  // this time
  std::map<int, int> made_;  // this time, by actor
  // Made up in earlier executions: how often.
  std::map<std::string, int, std::less<>> earlier_;
  bool reused_ = false;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_EXECUTION_GENERATED_NAMES_H_
