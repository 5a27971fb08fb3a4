// The measured locks.

#include "tools/bench/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lockfile/lock_file.h"

namespace bench {
namespace {

void Demand(bool ok, const char* step) {
  if (ok) return;
  ::perror(step);
  ::exit(1);
}

constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC;

class BareLock : public BenchLock {
 public:
  bool Acquire(const std::string& path, absl::Duration wait) override {
    fd_ = ::open(path.c_str(), kFlags, 0666);
    Demand(fd_ >= 0, "open");
    const bool forever = wait == absl::InfiniteDuration();
    while (::flock(fd_, forever ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        ::close(fd_);
        return false;
      }
      Demand(errno == EINTR, "flock");
    }
    return true;
  }
  void Release() override { ::close(fd_); }

 protected:
  int fd_ = -1;
};

// The calls of lockfile::LockFile, in the same order, for a file that it has
// found at the path before.
class SameCallsLock : public BareLock {
 public:
  bool Acquire(const std::string& path, absl::Duration /*wait*/) override {
    fd_ = ::open(path.c_str(),
                 O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    Demand(fd_ >= 0, "open");
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      Demand(errno == EWOULDBLOCK, "flock");
      // The owner record, and whether there is such a process. (The number's
      // digits take no time.)
      char record[1025];
      const ssize_t size = ::pread(fd_, record, sizeof(record) - 1, 0);
      Demand(size >= 0, "pread");
      record[size] = '\0';
      Demand(::getpgid(::atoi(record)) != -1, "getpgid");
      ::close(fd_);
      return false;
    }
    struct stat st;
    Demand(::fstat(fd_, &st) == 0, "fstat");
    Demand(::lstat(path.c_str(), &st) == 0, "lstat");
    size_ = static_cast<size_t>(st.st_size);
    return true;
  }
  void Release() override {
    Demand(::flock(fd_, LOCK_UN) == 0, "flock");
    ::close(fd_);
  }

 protected:
  size_t size_ = 0;  // of the file, in bytes
};

// The record that LockFile finds in the file is the one that it would write, so
// it only reads it.
class SameCallsWithRecordLock : public SameCallsLock {
 public:
  bool Acquire(const std::string& path, absl::Duration wait) override {
    if (!SameCallsLock::Acquire(path, wait)) return false;
    char record[64];
    Demand(size_ > 0 && size_ <= sizeof(record), "no owner record");
    Demand(::pread(fd_, record, size_, 0) == static_cast<ssize_t>(size_),
           "pread");
    return true;
  }
};

class PollingLock : public BareLock {
 public:
  explicit PollingLock(absl::Duration interval) : interval_(interval) {}

  bool Acquire(const std::string& path, absl::Duration wait) override {
    fd_ = ::open(path.c_str(), kFlags, 0666);
    Demand(fd_ >= 0, "open");
    const absl::Time deadline = absl::Now() + wait;
    while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      Demand(errno == EWOULDBLOCK || errno == EINTR, "flock");
      if (absl::Now() >= deadline) {
        ::close(fd_);
        return false;
      }
      absl::SleepFor(interval_);
    }
    return true;
  }

 private:
  const absl::Duration interval_;
};

class ReferenceLock : public BenchLock {
 public:
  explicit ReferenceLock(std::string owner_record) {
    options_.owner_record = std::move(owner_record);
  }

  bool Acquire(const std::string& path, absl::Duration wait) override {
    options_.wait = wait;
    absl::StatusOr<lockfile::LockFile> lock =
        lockfile::LockFile::Acquire(path, options_);
    if (lockfile::IsRefused(lock.status())) return false;
    if (!lock.ok()) {
      ::fprintf(stderr, "%s\n", lock.status().ToString().c_str());
      ::exit(1);
    }
    lock_.emplace(*std::move(lock));
    return true;
  }
  void Release() override {
    Demand(lock_->Close().ok(), "close");
    lock_.reset();
  }

 private:
  lockfile::LockFileOptions options_;
  std::optional<lockfile::LockFile> lock_;
};

}  // namespace

std::unique_ptr<BenchLock> BareFlock() { return std::make_unique<BareLock>(); }

std::unique_ptr<BenchLock> BareSameCalls() {
  return std::make_unique<SameCallsLock>();
}

std::unique_ptr<BenchLock> BareSameCallsWithRecord() {
  return std::make_unique<SameCallsWithRecordLock>();
}

std::unique_ptr<BenchLock> Polling(absl::Duration interval) {
  return std::make_unique<PollingLock>(interval);
}

std::unique_ptr<BenchLock> Reference(const std::string& owner_record) {
  return std::make_unique<ReferenceLock>(owner_record);
}

}  // namespace bench
