// Collects what is logged, to compare it word for word.

#ifndef LOCKFILE_TESTING_LOG_CAPTURE_H_
#define LOCKFILE_TESTING_LOG_CAPTURE_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/log/log_sink.h"
#include "absl/synchronization/mutex.h"

namespace lockfile {

// Sees every record that is logged while it exists. Thread-safe.
class LogCapture : public absl::LogSink {
 public:
  LogCapture();
  ~LogCapture() override;

  void Send(const absl::LogEntry& entry) override;

  // Each as "<severity> <message>": "ERROR Error locking file lock; ...".
  std::vector<std::string> Records() const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lockfile

#endif  // LOCKFILE_TESTING_LOG_CAPTURE_H_
