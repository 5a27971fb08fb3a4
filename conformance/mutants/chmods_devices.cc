#include <sys/stat.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ChmodsDevices : public PlainLock {
  int CheckFile(int fd) override {
    struct stat st = {};
    if (::fstat(fd, &st) == 0 && S_ISCHR(st.st_mode)) ::fchmod(fd, 0600);
    return PlainLock::CheckFile(fd);
  }
};

const RegisteredMutant kChmodsDevices({
    "chmods_devices",
    "Takes a device at the path for itself before it looks what it is.",
    {{"Paths.Device"}},
    Serve<ChmodsDevices>(),
});

}  // namespace
}  // namespace conformance
