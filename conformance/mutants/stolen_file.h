// For mutants that take over by removing what is at the path by then, which may
// be what another one has made meanwhile.

#ifndef CONFORMANCE_MUTANTS_STOLEN_FILE_H_
#define CONFORMANCE_MUTANTS_STOLEN_FILE_H_

#include <errno.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/mutants/created_lock.h"
#include "conformance/sound/calls.h"

namespace conformance {

class StolenFile : public CreatedLock {
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
      // So that one who is about to touch it can, as many do.
      absl::SleepFor(absl::Microseconds(500));
      ::unlink(path.c_str());
      fd = CreatedLock::Create(path);
    }
    if (fd >= 0) sound::WriteWhole(fd, absl::StrCat(::getpid(), "\n"));
    return fd;
  }

  virtual bool IsStale(const std::string& path) = 0;
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_STOLEN_FILE_H_
