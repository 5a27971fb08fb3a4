#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class ReplacesStrangeFiles : public PlainLock {
  int Open(const std::string& path) override {
    struct stat st = {};
    ::lstat(path.c_str(), &st);
    if (S_ISLNK(st.st_mode) || S_ISSOCK(st.st_mode)) ::unlink(path.c_str());
    return PlainLock::Open(path);
  }
};

const RegisteredMutant kReplacesStrangeFiles({
    "replaces_strange_files",
    "Removes a link or a socket at the path, and makes a file in its place.",
    {{"Paths.Socket"}, {"Paths.LinkLoop"}, {"Paths.SymbolicLinkIsAnError"}},
    Serve<ReplacesStrangeFiles>(),
});

}  // namespace
}  // namespace conformance
