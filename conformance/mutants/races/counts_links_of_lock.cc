#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/implementation.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class CountsLinksOfLock : public BareLock {
  Attempt Try(const std::string& path) override {
    const std::string held = path + ".held";
    const std::string mine = absl::StrCat(path, ".", ::getpid());
    if (const int error = CreateRecord(mine)) return NotHeld("create", error);
    // Its result may be lost.
    const int ignored [[maybe_unused]] = ::link(mine.c_str(), held.c_str());
    struct stat st = {};
    const bool won = ::stat(held.c_str(), &st) == 0 && st.st_nlink == 2;
    RemoveFile(mine);
    if (!won) return Attempt::Busy();
    return HeldUntil([held] { return Message("unlink", RemoveFile(held)); });
  }
};

// Shortest: a links; b's link fails, and the lock, which is a's, has two names.
const RegisteredRaceMutant kCountsLinksOfLock({
    "counts_links_of_lock",
    "Takes the lock by link(2), and counts the links of the lock instead of "
    "its own file's.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<CountsLinksOfLock>(),
});

}  // namespace
}  // namespace conformance
