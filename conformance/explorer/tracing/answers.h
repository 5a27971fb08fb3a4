// The answers of one contender, which are lines of its standard output.
//
// They are taken from the write(2) that would send them, which is then skipped:
// the contender stands in it until it gets its next command. Output in several
// pieces, or by other calls, comes out of the pipe.

#ifndef CONFORMANCE_EXPLORER_TRACING_ANSWERS_H_
#define CONFORMANCE_EXPLORER_TRACING_ANSWERS_H_

#include <deque>
#include <string>

#include "absl/strings/string_view.h"

namespace conformance::explorer {

class Answers {
 public:
  // The next bytes that it has written. Whether there is one more answer now.
  //
  // Log events come before an answer, and are none. A line that is longer than
  // any can be is told by its beginning, as an answer that nobody expects.
  bool Take(absl::string_view bytes);

  // Whether none is left to be fetched.
  bool empty() const { return lines_.empty(); }
  // Whether nothing of a line has come, either.
  bool silent() const { return lines_.empty() && begun_.empty(); }
  // The earliest, without its newline. There must be one.
  std::string Fetch();
  // Those that nobody waits for.
  void Drop() { lines_.clear(); }

 private:
  std::string begun_;  // not yet a whole line
  std::deque<std::string> lines_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_ANSWERS_H_
