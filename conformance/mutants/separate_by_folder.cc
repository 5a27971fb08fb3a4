#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/socket_lock.h"

namespace conformance {
namespace {

class SeparateByFolder : public SocketLock {
  std::string NameOf(const std::string& resolved) override {
    return absl::StrCat(started_in_, "%", resolved);
  }

  const std::string started_in_ = std::filesystem::current_path().string();
};

const RegisteredMutant kSeparateByFolder({
    "separate_by_folder",
    "Keeps the locks of each folder that somebody was started in apart, as if "
    "they were files in it.",
    {{"Exclusion.OtherFolderIsRefused"}},
    Serve<SeparateByFolder>(),
});

}  // namespace
}  // namespace conformance
