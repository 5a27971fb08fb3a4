#include "tools/lockcheck_testing.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "conformance/testing/program.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

constexpr absl::string_view kContender = R"(#!/bin/bash
declare -A path_of
held=
answer() { printf '%s\n' "$*"; }
while read -r word a b c; do
  printf -v file '%b' "${b//%/\\x}"
  case $word in
    hello) answer hello lockfile-contender/1 name=sh version=1 pid=$$ can= ;;
    acquire)
      if [[ $c != 0 ]]; then
        answer unsupported
      elif [[ $held == *"|$file|"* ]]; then
        answer busy "$a"
      elif { : >>"$file"; } 2>/dev/null; then
        held+="|$file|" path_of[$a]=$file
        answer acquired "$a"
      else
        answer error "$a" no%20such%20folder
      fi ;;
    release) held=${held//"|${path_of[$a]}|"/}; answer released "$a" ;;
    *) answer unsupported ;;
  esac
done
exit 0
)";

}  // namespace

const std::string& Program() {
  static const auto* const kPath = new std::string(Runfile("tools/lockcheck"));
  return *kPath;
}

ProgramOptions Outside() {
  ProgramOptions options;
  options.environment = {{"BUILD_WORKING_DIRECTORY", ""},
                         {"BUILD_WORKSPACE_DIRECTORY", ""},
                         {"NO_COLOR", ""},
                         {"TERM", "xterm"},
                         {"TMPDIR", ::testing::TempDir()}};
  return options;
}

ProgramResult Lockcheck(std::vector<std::string> arguments,
                        const ProgramOptions& options) {
  arguments.insert(arguments.begin(), Program());
  return RunProgram(arguments, options);
}

std::string Contender(
    absl::string_view name,
    const std::vector<std::pair<absl::string_view, absl::string_view>>&
        changes) {
  const std::string text = absl::StrReplaceAll(kContender, changes);
  EXPECT_TRUE(changes.empty() || text != kContender) << name;
  return MakeScript(name, text);
}

std::string Broken() {
  return Contender("broken.sh", {{"*\"|$file|\"*", "nobody"}});
}

}  // namespace conformance
