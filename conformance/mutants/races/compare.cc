// What stress finds of the race mutants, and what exploration does: a table in
// Markdown, for people to read beside each other.
//
//   tools/bazel run -c opt //conformance/mutants/races:compare -- --stress=30s

#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/initial_state.h"
#include "conformance/explorer/stress.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(absl::Duration, stress, absl::Seconds(30), "of each mutant");
ABSL_FLAG(absl::Duration, hold, absl::ZeroDuration(),
          "how long stress holds the lock, at most");
ABSL_FLAG(int, contenders, 3, "of stress");
ABSL_FLAG(uint64_t, seed, 1, "of stress");
ABSL_FLAG(std::string, only, "", "the one mutant to run");
ABSL_FLAG(std::string, json, "", "file for the same in JSON");

namespace conformance {
namespace {

using explorer::StressOptions;
using explorer::StressResult;

// What exploration makes of one mutant.
struct Explored {
  bool caught = false;
  int64_t schedules = 0;  // until it was caught
  absl::Duration took;
  std::string schedule;  // the shortest that was found
};

struct Row {
  const Mutant* mutant = nullptr;
  StressResult stress;
  std::optional<Explored> explored;
};

// 812,345
std::string WithCommas(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), ",");
  }
  return text;
}

std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.3g s", absl::ToDoubleSeconds(duration));
}

std::string Describe(const StressResult& stress) {
  if (stress.violation.empty()) {
    return absl::StrCat("survived ", Seconds(absl::GetFlag(FLAGS_stress)), ", ",
                        WithCommas(stress.acquisitions), " acquisitions");
  }
  return absl::StrCat("caught after ", Seconds(stress.took), ", ",
                      WithCommas(stress.acquisitions), " acquisitions");
}

std::string Describe(const std::optional<Explored>& explored) {
  if (!explored.has_value()) return "not run";
  return absl::StrCat(explored->caught ? "caught" : "survived", " after ",
                      WithCommas(explored->schedules), " schedules, ",
                      Seconds(explored->took));
}

// One line that is written over and over, on a terminal only.
void Progress(const std::string& text) {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

absl::StatusOr<StressResult> RunStress(const Mutant& mutant,
                                       const std::string& folder) {
  StressOptions options;
  options.contenders = absl::GetFlag(FLAGS_contenders);
  options.duration = absl::GetFlag(FLAGS_stress);
  options.hold = absl::GetFlag(FLAGS_hold);
  options.seed = absl::GetFlag(FLAGS_seed);
  options.directory = folder;
  options.on_progress = [&](const StressResult& so_far) {
    Progress(absl::StrFormat("%s: stress for %.1f s, %s acquisitions",
                             mutant.name, absl::ToDoubleSeconds(so_far.took),
                             WithCommas(so_far.acquisitions)));
  };
  ContenderSource source;
  source.main = mutant.main;
  return Stress(source, options);
}

// The place for the explorer: nothing, as long as there is none.
absl::StatusOr<std::optional<Explored>> RunExplorer(
    const Mutant& /*mutant*/, const std::string& /*folder*/) {
  return std::nullopt;
}

absl::StatusOr<Row> Compare(const Mutant& mutant, const std::string& folder) {
  Row row;
  row.mutant = &mutant;
  absl::StatusOr<StressResult> stress = RunStress(mutant, folder);
  if (!stress.ok()) return stress.status();
  row.stress = *std::move(stress);
  absl::StatusOr<std::optional<Explored>> explored =
      RunExplorer(mutant, folder);
  if (!explored.ok()) return explored.status();
  row.explored = *std::move(explored);
  return row;
}

void PrintHead() {
  std::printf(
      "| Mutant | Defect | Plain stress | Exploration |\n"
      "| --- | --- | --- | --- |\n");
}

void Print(const Row& row) {
  Progress("");
  std::printf("| `%s` | %s | %s | %s |\n",
              std::string(row.mutant->name).c_str(),
              std::string(row.mutant->defect).c_str(),
              Describe(row.stress).c_str(), Describe(row.explored).c_str());
  std::fflush(stdout);
}

nlohmann::json ToJson(const Row& row) {
  nlohmann::json json = {{"mutant", std::string(row.mutant->name)},
                         {"defect", std::string(row.mutant->defect)},
                         {"stress",
                          {{"caught", !row.stress.violation.empty()},
                           {"violation", row.stress.violation},
                           {"seconds", absl::ToDoubleSeconds(row.stress.took)},
                           {"acquisitions", row.stress.acquisitions},
                           {"refusals", row.stress.refusals}}}};
  if (row.explored.has_value()) {
    json["explorer"] = {{"caught", row.explored->caught},
                        {"schedules", row.explored->schedules},
                        {"seconds", absl::ToDoubleSeconds(row.explored->took)},
                        {"schedule", row.explored->schedule}};
  }
  return json;
}

// The exit status.
int Main() {
  const std::string only = absl::GetFlag(FLAGS_only);
  const char* const tmp = ::getenv("TMPDIR");
  std::string folder =
      absl::StrCat(tmp != nullptr ? tmp : "/tmp", "/compare.XXXXXX");
  if (::mkdtemp(folder.data()) == nullptr) {
    std::perror(folder.c_str());
    return 1;
  }
  int status = 0;
  bool any = false;
  nlohmann::json json = nlohmann::json::array();
  for (const Mutant& mutant : AllRaceMutants()) {
    if (!only.empty() && mutant.name != only) continue;
    const absl::StatusOr<Row> row = Compare(mutant, folder);
    if (!row.ok()) {
      Progress("");
      std::fprintf(stderr, "compare: %s: %s\n",
                   std::string(mutant.name).c_str(),
                   std::string(row.status().message()).c_str());
      status = 1;
      continue;
    }
    if (!any) PrintHead();
    any = true;
    Print(*row);
    json.push_back(ToJson(*row));
  }
  (void)explorer::ResetFolder(folder, {});
  ::rmdir(folder.c_str());
  if (!any && status == 0) {
    std::fprintf(stderr, "compare: no mutant is called %s\n", only.c_str());
    return 64;
  }
  std::string file = absl::GetFlag(FLAGS_json);
  // `bazel run` starts it elsewhere than where it was typed.
  const char* const typed_in = ::getenv("BUILD_WORKING_DIRECTORY");
  if (typed_in != nullptr && !file.empty() && file[0] != '/') {
    file = absl::StrCat(typed_in, "/", file);
  }
  if (!file.empty() && !(std::ofstream(file) << json.dump(2) << "\n")) {
    std::fprintf(stderr, "compare: can't write %s\n", file.c_str());
    return 1;
  }
  return status;
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "compares stress with exploration, by the race mutants");
  absl::ParseCommandLine(argc, argv);
  return conformance::Main();
}
