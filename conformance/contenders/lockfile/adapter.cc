// Drives lockfile::LockFile.

#include "conformance/contenders/lockfile/adapter.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/log/log_entry.h"
#include "absl/log/log_sink.h"
#include "absl/log/log_sink_registry.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/contender_main.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
#include "lockfile/cancellation.h"
#include "lockfile/lock_file.h"

namespace conformance {
namespace {

class ProtocolLogSink : public absl::LogSink {
 public:
  void Send(const absl::LogEntry& entry) override {
    EmitLog(absl::LogSeverityName(entry.log_severity()), entry.text_message());
  }
};

struct Held : HeldLock {
  explicit Held(lockfile::LockFile held) : lock(std::move(held)) {}
  std::string Release() override {
    const absl::Status status = lock.Close();
    return status.ok() ? "" : status.ToString();
  }
  lockfile::LockFile lock;
};

class Adapter : public Implementation {
 public:
  explicit Adapter(LockFileAdapterOptions options)
      : options_(std::move(options)) {
    static auto* const sink = [] {
      auto* added = new ProtocolLogSink();
      absl::AddLogSink(added);
      return added;
    }();
    (void)sink;
  }

  Introduction Describe() const override {
    Introduction self;
    self.name = options_.owner_record.empty() ? "lockfile" : "lockfile+owner";
    self.version = "0.1";
    self.can = {"wait",     "forever", "fork", "thread", "touch",  "log",
                "seed-log", "chdir",   "exit", "catch",  "setenv", "become"};
    self.profile = "seed";
    self.at = "@";
    if (!options_.owner_record.empty()) self.can.emplace(kOwnerPid);
    if (options_.cancel) self.can.emplace(kCancel);
    return self;
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    return Acquire(path, wait, nullptr);
  }

  Attempt AcquireUnlessCancelled(const std::string& path, absl::Duration wait,
                                 CancelRequest& request) override {
    lockfile::Cancellation cancellation;
    const CancelRequest::Waker waker(request, [&] { cancellation.Cancel(); });
    return Acquire(path, wait, &cancellation);
  }

 private:
  Attempt Acquire(const std::string& path, absl::Duration wait,
                  const lockfile::Cancellation* cancel) const {
    lockfile::LockFileOptions options;
    options.wait = wait;
    options.owner_record = options_.owner_record;
    options.cancel = cancel;
    absl::StatusOr<lockfile::LockFile> lock =
        lockfile::LockFile::Acquire(path, options);
    if (lock.ok()) {
      return Attempt::Acquired(std::make_unique<Held>(*std::move(lock)));
    }
    if (lockfile::IsRefused(lock.status())) return Attempt::Busy();
    if (absl::IsCancelled(lock.status())) return Attempt::Cancelled();
    return Attempt::Error(lock.status().ToString());
  }

  const LockFileAdapterOptions options_;
};

}  // namespace

std::unique_ptr<Implementation> MakeLockFileAdapter(
    LockFileAdapterOptions options) {
  return std::make_unique<Adapter>(std::move(options));
}

}  // namespace conformance
