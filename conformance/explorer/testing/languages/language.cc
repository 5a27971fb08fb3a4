// How each of them is compiled and started.

#include "conformance/explorer/testing/languages/language.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"
#include "conformance/testing/program.h"

namespace conformance::explorer {
namespace {

struct Recipe {
  std::vector<std::string> compiler;
  std::vector<std::string> command;
};

Recipe RecipeFor(absl::string_view language, const std::string& folder) {
  const std::string sources =
      Runfile("conformance/explorer/testing/languages/");
  if (language == "go") {
    return {{"go", "build", "-o", folder + "/flock", sources + "flock.go"},
            {folder + "/flock"}};
  }
  if (language == "node") {
    const std::string script = sources + "create.js";
    return {{"node", "--check", script}, {"node", script}};
  }
  if (language == "java") {
    return {{"javac", "-d", folder, sources + "FileLock.java"},
            {"java", "-cp", folder, "FileLock"}};
  }
  return {};
}

}  // namespace

const std::vector<Language>& Languages() {
  static const auto* const all = new std::vector<Language>{
      {"go", "`flock`, Go"},
      {"node", "`O_EXCL`, Node"},
      {"java", "`java.nio.channels.FileLock`, Java"},
  };
  return *all;
}

absl::StatusOr<ContenderSource> ContenderIn(absl::string_view language,
                                            const std::string& folder) {
  const Recipe recipe = RecipeFor(language, folder);
  if (recipe.command.empty()) {
    return absl::NotFoundError(absl::StrCat("no contender in ", language));
  }
  ProgramOptions options;
  // A single file, which is in no module; and nothing of it stays.
  options.environment = {{"GO111MODULE", "off"},
                         {"GOCACHE", folder + "/go-build"}};
  const ProgramResult compiled = RunProgram(recipe.compiler, options);
  if (compiled.status != 0) {
    return absl::UnavailableError(absl::StrCat(
        recipe.compiler[0], " ended with ", compiled.status,
        "; if it isn't there, run tools/install_peers: ", compiled.err));
  }
  ContenderSource source;
  source.command = recipe.command;
  return source;
}

}  // namespace conformance::explorer
