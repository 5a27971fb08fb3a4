#include <sys/stat.h>

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/stolen_file.h"

namespace conformance {
namespace {

class RemovesWhatWasOld : public StolenFile {
 public:
  RemovesWhatWasOld() : StolenFile("60") {}

 private:
  bool IsStale(const std::string& path) override {
    struct stat st = {};
    return ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) &&
           absl::Now() - absl::TimeFromTimespec(st.st_mtim) > absl::Minutes(1);
  }
};

const RegisteredMutant kRemovesWhatWasOld({
    "removes_what_was_old",
    "Takes over a file of a minute ago by removing what is at the path by "
    "then, which may be what another one has made meanwhile.",
    {{"Crash.TakeoverHasOneWinner"}},
    Serve<RemovesWhatWasOld>(),
});

}  // namespace
}  // namespace conformance
