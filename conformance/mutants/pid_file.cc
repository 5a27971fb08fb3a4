// Is held whenever the file names a process that is alive.

#include <errno.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class PidFile : public PlainLock {
 public:
  using PlainLock::PlainLock;

 private:
  int Lock(int fd) override {
    return LoggedPid(fd) == "UNKNOWN" ? 0 : EWOULDBLOCK;
  }
  int Unlock(int fd, const std::string& path) override {
    const int error = ::ftruncate(fd, 0) == 0 ? 0 : errno;
    PlainLock::Unlock(fd, path);
    return error;
  }
};

}  // namespace

Mutant PidFileMutant() {
  return {"pid_file",
          "Is held whenever the file names a process that is alive.",
          {{"OwnerRecord.LeftOverRecordBlocksNobody"}},
          Serve<PidFile>(PlainLock::Owner::kRecorded)};
}

}  // namespace conformance
