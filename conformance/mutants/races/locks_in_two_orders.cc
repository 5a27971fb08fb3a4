#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class LocksInTwoOrders : public RecordInPlace {
  // Taking the second lock in the first place.
  int Enter(int fd, const std::string& path) override {
    int error = Guard(path);
    if (error == 0) error = RecordInPlace::Enter(fd, path);
    if (error != 0) Unguard();
    return error;
  }
  void Leave(int fd) override {
    RecordInPlace::Leave(fd);
    Unguard();
  }
  int Release(int fd, const std::string& path) override {
    int error = RecordInPlace::Enter(fd, path);
    if (error == 0) error = Guard(path);
    if (error == 0 && ::ftruncate(fd, 0) != 0) error = errno;
    Unguard();
    const int closed = CloseFile(fd);
    return error != 0 ? error : closed;
  }

  int Guard(const std::string& path) {
    const std::string name = path + ".guard";
    guard_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return guard_ < 0 ? errno : Flock(guard_, LOCK_EX);
  }
  void Unguard() {
    if (guard_ >= 0) ::close(guard_);
    guard_ = -1;
  }

  int guard_ = -1;
};

// Shortest: a acquires, and to release takes the file's lock; b, to acquire,
// takes the second one: a and b wait for each other.
const RegisteredRaceMutant kLocksInTwoOrders({
    "locks_in_two_orders",
    "Takes two short locks in one order to acquire, and in the other to "
    "release.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<LocksInTwoOrders>(),
});

}  // namespace
}  // namespace conformance
