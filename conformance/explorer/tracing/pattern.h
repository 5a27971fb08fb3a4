// A contender that has introduced itself and is copied from then on, which
// takes a tenth of the time that it takes to start one.
//
// A copy is a child that the pattern makes by clone(2), and that then answers
// the same commands. The copy believes of itself what the pattern asked of the
// system before it said hello, such as its process number.

#ifndef CONFORMANCE_EXPLORER_TRACING_PATTERN_H_
#define CONFORMANCE_EXPLORER_TRACING_PATTERN_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/registers.h"

namespace conformance::explorer {

class Pattern {
 public:
  // Our ends of a contender's standard streams.
  struct Streams {
    int in = -1, out = -1, err = -1;
  };

  // Makes one of a process with a single thread that is traced by us and stands
  // at the entry of the write(2) that answers `hello`, which it need not make.
  // Takes the process and the streams, and ends both if it fails. `name` is for
  // messages; stops of the process are added to `stops`. Unavailable when it
  // can't be copied.
  static absl::StatusOr<std::unique_ptr<Pattern>> Make(pid_t process,
                                                       const Streams& streams,
                                                       std::string name,
                                                       absl::Duration deadline,
                                                       int64_t& stops);

  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern();

  // A child of ours, traced and stopped where the pattern stands, with nothing
  // to read. Unavailable.
  absl::StatusOr<pid_t> Clone();

  pid_t process() const { return process_; }
  const Streams& streams() const { return streams_; }

 private:
  Pattern(pid_t process, const Streams& streams, std::string name,
          absl::Duration deadline, int64_t& stops)
      : process_(process),
        streams_(streams),
        name_(std::move(name)),
        deadline_(deadline),
        stops_(stops) {}

  absl::StatusOr<int> WaitFor(pid_t pid);
  absl::Status Failed(absl::string_view why) const;

  const pid_t process_;
  bool gone_ = false;
  Streams streams_;
  int commands_ = -1;  // the other end of `in`, to be emptied
  const std::string name_;
  const absl::Duration deadline_;
  int64_t& stops_;
  Registers registers_ = {};
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_PATTERN_H_
