// Takes over the file of a dead process by removing what is at the path by
// then, which may be what another one has made meanwhile.

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/created_lock.h"
#include "conformance/sound/calls.h"

namespace conformance {
namespace {

class RemovesWhatWasStale : public CreatedLock {
 protected:
  using CreatedLock::CreatedLock;

 private:
  int Create(const std::string& path) final {
    int fd = CreatedLock::Create(path);
    if (fd < 0 && errno == EEXIST) {
      if (!IsStale(path)) {
        errno = EEXIST;
        return -1;
      }
      std::cerr << ::getpid() << " breaks " << path << "\n";
      ::unlink(path.c_str());
      fd = CreatedLock::Create(path);
    }
    if (fd >= 0) sound::WriteWhole(fd, absl::StrCat(::getpid(), "\n"));
    return fd;
  }

  virtual bool IsStale(const std::string& path) = 0;
};

class OfTheDead : public RemovesWhatWasStale {
 public:
  OfTheDead() : RemovesWhatWasStale("owner") {}

 private:
  bool IsStale(const std::string& path) override {
    const sound::Descriptor fd =
        sound::OpenAt(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd.ok()) return false;
    pid_t pid = 0;
    return absl::SimpleAtoi(sound::ReadStart(fd.get()).text, &pid) &&
           ::kill(pid, 0) != 0 && errno == ESRCH;
  }
};

class OfAMinute : public RemovesWhatWasStale {
 public:
  OfAMinute() : RemovesWhatWasStale("60") {}

 private:
  bool IsStale(const std::string& path) override {
    struct stat st = {};
    return ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
           absl::Now() - absl::TimeFromTimespec(st.st_mtim) > absl::Minutes(1);
  }
};

}  // namespace

Mutant RemovesWhatWasStaleMutant() {
  return {"removes_what_was_stale",
          "Takes over the file of a dead process by removing what is at the "
          "path by then, which may be what another one has made meanwhile.",
          {{"Crash.TakeoverHasOneWinner"}},
          Serve<OfTheDead>()};
}

Mutant RemovesWhatWasOldMutant() {
  return {"removes_what_was_old",
          "Takes over a file of a minute ago by removing what is at the path "
          "by then, which may be what another one has made meanwhile.",
          {{"Crash.TakeoverHasOneWinner"}},
          Serve<OfAMinute>()};
}

}  // namespace conformance
