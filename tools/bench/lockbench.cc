// lockbench: measures lockfile::LockFile against bare system calls, polling,
// and other implementations. The command line only; the works are in
// tools/bench.

#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <vector>

#include "absl/base/log_severity.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/log/globals.h"
#include "absl/log/initialize.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/runner.h"
#include "tools/bench/goals.h"
#include "tools/bench/names.h"
#include "tools/bench/page.h"
#include "tools/bench/plot.h"
#include "tools/bench/results.h"
#include "tools/bench/workloads.h"

ABSL_FLAG(double, effort, 1, "1: figures to keep (some minutes); 0.1: a look");
ABSL_FLAG(std::string, only, "",
          "one of uncontended, handover, crowd, waiting, peers");
ABSL_FLAG(std::string, json, "", "file for the results as JSON");
ABSL_FLAG(bool, check, false,
          "exit with status 1 when a goal is missed (they are always shown)");
ABSL_FLAG(bool, docs, false,
          "write docs/performance.md, .svg and .json of the workspace");
ABSL_FLAG(std::string, from, "",
          "measure nothing: take the results from this JSON file");

namespace {

std::vector<bench::Settings::Peer> FindPeers() {
  std::vector<bench::Settings::Peer> peers;
  const std::string root = "conformance/contenders/";
  for (const auto& [name, file] :
       {std::pair(bench::kPyFilelock, "filelock/contender.py"),
        std::pair(bench::kFlockProgram, "flock/contender.sh"),
        std::pair(bench::kBoost, "boost/contender")}) {
    if (::access((root + file).c_str(), X_OK) == 0) {
      peers.push_back(
          {name, {std::filesystem::absolute(root + file).string()}});
    }
  }
  return peers;
}

bool Write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) std::cerr << "lockbench: cannot write " << path << "\n";
  return static_cast<bool>(file);
}

bench::Results Measure() {
  bench::Results results;
  bench::Settings settings;
  settings.effort = absl::GetFlag(FLAGS_effort);
  settings.peers = FindPeers();
  settings.progress = [](absl::string_view what) {
    std::cerr << "lockbench: " << what << "...\n";
  };
  settings.directory =
      (std::filesystem::temp_directory_path() / "lockbench.XXXXXX").string();
  if (::mkdtemp(settings.directory.data()) == nullptr) {
    std::cerr << "lockbench: cannot make " << settings.directory << "\n";
    std::exit(2);
  }
  const std::string only = absl::GetFlag(FLAGS_only);
  const auto wanted = [&](absl::string_view work) {
    return only.empty() || only == work;
  };
  if (wanted("uncontended")) bench::MeasureUncontended(settings, results);
  if (wanted("handover")) bench::MeasureHandOver(settings, results);
  if (wanted("waiting")) bench::MeasureWaiting(settings, results);
  if (wanted("peers")) bench::MeasurePeers(settings, results);
  if (wanted("crowd")) bench::MeasureCrowd(settings, results);
  std::error_code ignored;
  std::filesystem::remove_all(settings.directory, ignored);
  return results;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "lockbench [--effort=N] [--only=WORK] [--json=FILE] [--check] [--docs]\n"
      "Measures lockfile::LockFile side by side with its baselines.\n"
      "Exit status: 0; with --check 1 when a goal is missed; 2 when nothing "
      "could be measured or written.");
  absl::ParseCommandLine(argc, argv);
  absl::InitializeLog();
  // Refusals are part of what is measured, and nobody's news.
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  conformance::InitializeRunner();
  bench::Results results;
  const std::string from = absl::GetFlag(FLAGS_from);
  // Relative paths mean the folder in which the person typed.
  const char* typed_in = std::getenv("BUILD_WORKING_DIRECTORY");
  const std::filesystem::path folder = typed_in == nullptr ? "" : typed_in;
  if (from.empty()) {
    results = Measure();
  } else {
    std::ifstream file(folder / from, std::ios::binary);
    if (!file) {
      std::cerr << "lockbench: cannot read " << from << "\n";
      return 2;
    }
    std::optional<bench::Results> read =
        bench::FromJson(std::string(std::istreambuf_iterator<char>(file), {}));
    if (!read.has_value()) {
      std::cerr << "lockbench: " << from
                << " holds no results; lockbench --json=FILE writes them\n";
      return 2;
    }
    results = *read;
  }
  if (results.figures.empty()) {
    std::cerr << "lockbench: nothing was measured; --only is one of "
                 "uncontended, handover, crowd, waiting, peers\n";
    return 2;
  }
  const std::vector<bench::GoalResult> goals =
      bench::Judge(bench::ProjectGoals(), results);
  std::cout << bench::ToText(results) << bench::ToText(goals);
  bool ok = true;
  const std::string json = absl::GetFlag(FLAGS_json);
  if (!json.empty()) ok = Write(folder / json, bench::ToJson(results));
  if (absl::GetFlag(FLAGS_docs)) {
    const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
    const std::string docs =
        absl::StrCat(workspace == nullptr ? "." : workspace, "/docs/");
    ok = Write(docs + "performance.json", bench::ToJson(results)) &&
         Write(docs + "performance.md",
               bench::PerformancePage(bench::ProjectGoals(), results)) &&
         Write(docs + "performance.svg", bench::HandOverPlot(results)) && ok;
  }
  if (!ok) return 2;
  if (absl::GetFlag(FLAGS_check)) {
    for (const bench::GoalResult& goal : goals) {
      if (goal.verdict == bench::Verdict::kMissed) return 1;
    }
  }
  return 0;
}
