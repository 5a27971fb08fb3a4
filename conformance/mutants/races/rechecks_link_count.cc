#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include <string>

#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {
namespace {

class RechecksLinkCount : public RemovedFile {
  int Compare(int fd, const std::string& /*path*/) override {
    struct stat st = {};
    if (::fstat(fd, &st) != 0) return errno;
    return st.st_nlink > 0 ? 0 : ESTALE;
  }
  int Release(int fd, const std::string& path) override {
    const std::string last = path + ".last";
    int error = ::rename(path.c_str(), last.c_str()) == 0 ? 0 : errno;
    if (error == ENOENT) error = 0;
    const int closed = CloseFile(fd);
    return error != 0 ? error : closed;
  }
};

// The file is put aside for whoever wants to know who was last.
//
// Shortest: a acquires; b opens; a renames and closes; b locks the renamed
// file, which has a name; a makes a new one and locks that.
const RegisteredRaceMutant kRechecksLinkCount({
    "rechecks_link_count",
    "Having locked the file, it looks whether it still has a name, and release "
    "renames it.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    Serve<RechecksLinkCount>(),
});

}  // namespace
}  // namespace conformance
