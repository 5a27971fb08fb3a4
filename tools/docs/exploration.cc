// Writes docs/exploration.md and docs/exploration.json: how fast exploration
// is, and what it finds of the race mutants beside what plain stress finds.
//
//   tools/bazel run -c opt //tools/docs:exploration            (18 minutes)
// and then, for a part of it, `--` and
//   --figures      only how fast
//   --mutant=NAME  only its row
//   --render       only the page
//
// With --check it only says whether the page is made from the figures.

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/time/time.h"
#include "conformance/runner.h"
#include "nlohmann/json.hpp"
#include "tools/docs/exploration_page.h"
#include "tools/docs/figures.h"
#include "tools/docs/page.h"
#include "tools/docs/races.h"

ABSL_FLAG(absl::Duration, stress, absl::Seconds(30), "of each mutant");
ABSL_FLAG(bool, check, false, "only compare the page with the figures");
ABSL_FLAG(std::string, mutant, "", "only compare this one, again");
ABSL_FLAG(bool, figures, false, "only measure how fast it is");
ABSL_FLAG(bool, render, false, "only write the page, from the figures");

namespace conformance::docs {
namespace {

using Json = nlohmann::ordered_json;

int Main() {
  const std::string docs = InDocs("exploration");
  if (absl::GetFlag(FLAGS_check)) {
    const Json figures = Json::parse(ReadFile("docs/exploration.json"));
    for (const std::string& mutant : MutantsWithoutRow(figures["races"])) {
      std::cerr << "docs/exploration.json has no row of " << mutant
                << "; run: tools/bazel run -c opt //tools/docs:exploration -- "
                   "--mutant="
                << mutant << "\n";
      return 1;
    }
    if (ExplorationPage(figures) == ReadFile("docs/exploration.md")) {
      return 0;
    }
    std::cerr << "docs/exploration.md isn't made from the figures; run: "
                 "tools/bazel run //tools/docs:exploration -- --render\n";
    return 1;
  }
  if (absl::GetFlag(FLAGS_render)) {
    return WritePage(docs + ".md",
                     ExplorationPage(Json::parse(ReadFile(docs + ".json"))));
  }
  InitializeRunner();
  Json json;
  if (absl::GetFlag(FLAGS_figures)) {
    json = Json::parse(ReadFile(docs + ".json"));
  }
  if (!absl::GetFlag(FLAGS_mutant).empty()) {
    json = Json::parse(ReadFile(docs + ".json"));
    if (!CompareOne(json["races"], absl::GetFlag(FLAGS_mutant),
                    absl::GetFlag(FLAGS_stress))) {
      return 2;
    }
    const int written = WritePage(docs + ".json", json.dump(1) + "\n");
    return written != 0 ? written
                        : WritePage(docs + ".md", ExplorationPage(json));
  }
  json["figures"] = MeasureAll();
  json["cores"] = MeasureCores();
  if (!absl::GetFlag(FLAGS_figures)) {
    json["stress"] = absl::FormatDuration(absl::GetFlag(FLAGS_stress));
    json["races"] = CompareAll(absl::GetFlag(FLAGS_stress));
  }
  const int status = WritePage(docs + ".json", json.dump(1) + "\n");
  return status != 0 ? status : WritePage(docs + ".md", ExplorationPage(json));
}

}  // namespace
}  // namespace conformance::docs

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("writes docs/exploration.md");
  absl::ParseCommandLine(argc, argv);
  return conformance::docs::Main();
}
