#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class FailureLeaksDescriptor : public PlainLock {
  int Open(const std::string& path) override {
    const std::string folder =
        std::filesystem::path(path).parent_path().string();
    const int folder_fd = ::open(folder.empty() ? "." : folder.c_str(),
                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int fd = PlainLock::Open(path);
    if (fd >= 0) ::close(folder_fd);
    return fd;
  }
};

const RegisteredMutant kFailureLeaksDescriptor({
    "failure_leaks_descriptor",
    "Opens the folder first, and forgets to close it when the file cannot be "
    "opened.",
    {{"Reacquisition.FailuresLeakNoDescriptors"}},
    Serve<FailureLeaksDescriptor>(),
});

}  // namespace
}  // namespace conformance
