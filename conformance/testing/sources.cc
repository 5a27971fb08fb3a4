// Bazel starts tests in the folder of the workspace's runfiles.

#include "conformance/testing/sources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace conformance {

std::vector<std::string> SourcesWith(absl::string_view folder,
                                     absl::string_view text) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(folder))) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (absl::StartsWith(line, text)) {
        names.push_back(entry.path().stem().string());
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace conformance
