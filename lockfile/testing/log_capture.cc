// A log sink that remembers.

#include "lockfile/testing/log_capture.h"

#include "absl/base/log_severity.h"
#include "absl/log/log_entry.h"
#include "absl/log/log_sink_registry.h"
#include "absl/strings/str_cat.h"

namespace lockfile {

LogCapture::LogCapture() { absl::AddLogSink(this); }

LogCapture::~LogCapture() { absl::RemoveLogSink(this); }

void LogCapture::Send(const absl::LogEntry& entry) {
  const absl::MutexLock lock(&mutex_);
  records_.push_back(absl::StrCat(absl::LogSeverityName(entry.log_severity()),
                                  " ", entry.text_message()));
}

std::vector<std::string> LogCapture::Records() const {
  const absl::MutexLock lock(&mutex_);
  return records_;
}

}  // namespace lockfile
