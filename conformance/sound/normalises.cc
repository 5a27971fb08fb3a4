// Normalises the path first: doubled slashes and `.` go, and the folder's real
// name is found out. So a path may be longer than the kernel would take.

#include <errno.h>
#include <stdlib.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class Normalises : public Flocked {
 public:
  Introduction Describe() const override {
    return Introduce("normalised path", "kernel-lock", "@");
  }

 private:
  Place Where(const std::string& path) override {
    Place place;
    // Of these Locate says what is wrong.
    if (path.empty() || absl::StrContains(path, '\0') ||
        absl::EndsWith(path, "/") || absl::EndsWith(path, "/.") ||
        absl::EndsWith(path, "/..") || !absl::StrContains(path, '/')) {
      return Locate(path);
    }
    std::vector<absl::string_view> parts = absl::StrSplit(
        path, '/',
        [](absl::string_view part) { return !part.empty() && part != "."; });
    const std::string name(parts.back());
    parts.pop_back();
    // Each `..` is left to realpath: what is before it may be a link.
    std::string folder = absl::StrCat(path.front() == '/' ? "/" : "./",
                                      absl::StrJoin(parts, "/"));
    const std::unique_ptr<char, void (*)(void*)> real(
        ::realpath(folder.c_str(), nullptr), &::free);
    if (real == nullptr) {
      place.error = errno;
      return place;
    }
    return Locate(absl::StrCat(real.get(), "/", name));
  }
};

const RegisteredSound kNormalises({
    "normalises",
    "Normalises the path before it locks it.",
    Serve<Normalises>(),
});

}  // namespace
}  // namespace conformance::sound
