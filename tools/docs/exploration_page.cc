// Tables in Markdown.

#include "tools/docs/exploration_page.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace conformance::docs {
namespace {

using Json = nlohmann::ordered_json;

std::string Number(double value) {
  std::string text = absl::StrFormat("%.0f", value);
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), ",");
  }
  return text;
}

double Rate(const Json& search, const char* what) {
  return search[what].get<double>() /
         std::max(search["seconds"].get<double>(), 1e-6);
}

// Executions of both searches that were given up, for each that was run.
double GivenUp(const Json& one, const Json& other) {
  return (one["pruned"].get<double>() + other["pruned"].get<double>()) /
         std::max(1.0, one["schedules"].get<double>() +
                           other["schedules"].get<double>());
}

std::string Figures(const Json& figures) {
  std::string page =
      "| Contender | schedules a second | steps a second | 2+2 cycles | "
      "2+1+1 cycles | given up | crash points a second | failing calls a "
      "second |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Json& row : figures) {
    absl::StrAppend(&page, "| ", row["name"].get<std::string>(), " | ");
    if (row.contains("error")) {
      absl::StrAppend(&page, row["error"].get<std::string>(),
                      " | | | | | | |\n");
      continue;
    }
    const auto duration = [](const Json& search) {
      return search["complete"].get<bool>()
                 ? absl::StrFormat("%.2f s", search["seconds"].get<double>())
                 : absl::StrFormat("not done in %.0f s",
                                   search["seconds"].get<double>());
    };
    const Json& two = row["two"];
    absl::StrAppend(
        &page, Number(Rate(two, "schedules") + Rate(two, "pruned")), " | ",
        Number(Rate(two, "steps")), " | ", duration(two), " | ",
        duration(row["three"]), " | ",
        absl::StrFormat("%.1f %%", 100 * GivenUp(two, row["three"])), " | ",
        Number(Rate(row["crashes"], "schedules")), " | ",
        Number(Rate(row["failures"], "schedules")), " |\n");
  }
  return page;
}

std::string Cores(const Json& cores) {
  std::string page =
      "\nSeveral processes share the work; three contenders of bare `flock`, "
      "two cycles each, at most two preemptions, for ten seconds. Beside it, "
      "what they do when each goes through 2+2 cycles by itself:\n\n"
      "| Processes | schedules a second | steps a second | 2+2 cycles, "
      "schedules a second |\n"
      "| --- | --- | --- | --- |\n";
  for (const Json& row : cores) {
    absl::StrAppend(&page, "| ", row["jobs"].get<int>(), " | ",
                    Number(Rate(row, "schedules")), " | ",
                    Number(Rate(row, "steps")), " | ",
                    Number(row["apart"].get<double>()), " |\n");
  }
  return page;
}

std::string Races(const Json& races) {
  std::string page =
      "| Mutant | Defect | Plain stress | Exploration | Schedule |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const Json& row : races) {
    absl::StrAppend(&page, "| `", row["mutant"].get<std::string>(), "` | ",
                    row["defect"].get<std::string>(), " | ");
    if (row.contains("error")) {
      absl::StrAppend(&page, row["error"].get<std::string>(), " | | |\n");
      continue;
    }
    const Json& stress = row["stress"];
    const Json& exploration = row["exploration"];
    absl::StrAppend(
        &page,
        stress["violation"].get<std::string>().empty()
            ? absl::StrFormat("**survives** %.0f s, ",
                              stress["seconds"].get<double>())
            : absl::StrFormat("caught after %.3g s, ",
                              stress["seconds"].get<double>()),
        Number(stress["acquisitions"].get<double>()), " acquisitions | ",
        exploration["violation"].get<std::string>().empty()
            ? "**survives**"
            : exploration["violation"].get<std::string>(),
        absl::StrFormat(", %.2g s, ", exploration["seconds"].get<double>()),
        Number(exploration["schedules"].get<double>()), " schedules | `",
        exploration["schedule"].get<std::string>(), "` |\n");
  }
  return page;
}

}  // namespace

std::string ExplorationPage(const Json& json) {
  int survive_stress = 0;
  int survive_exploration = 0;
  for (const Json& row : json["races"]) {
    if (row.contains("error")) continue;
    survive_stress += row["stress"]["violation"].get<std::string>().empty();
    survive_exploration +=
        row["exploration"]["violation"].get<std::string>().empty();
  }
  return absl::StrCat(
      "# Exploration in figures\n\n"
      "<!-- Generated: tools/bazel run -c opt //tools/docs:exploration -->\n\n"
      "What it is, and how to read a certificate: "
      "[exploring.md](exploring.md).\n\n"
      "## How fast\n\n"
      "By one process on one core, contenders kept alive. *2+2 cycles*: two "
      "contenders that acquire and release twice each, every interleaving up "
      "to equivalence, from an empty folder; its rates count the schedules "
      "that were run and those that were given up as equivalent. *2+1+1*: "
      "three contenders, as well. *Given up*: executions of these two "
      "searches that turned out to be equivalent to others midway, of those "
      "that were run. Crash points and failing calls: two "
      "contenders with one cycle each, at most one preemption, one crash or "
      "failure in each schedule.\n\n",
      Figures(json["figures"]), Cores(json["cores"]),
      "\n## What stress misses\n\n"
      "Each mutant is a lock as long as nobody interferes. Plain stress: three "
      "contenders acquire and release as fast as they can. Exploration: "
      "everything that `lockcheck explore` does, by one process, up to the "
      "first search with a finding, the time to make its schedule simple "
      "included. Of ",
      json["races"].size(), " mutants, ", survive_stress,
      " survive stress for ", json["stress"].get<std::string>(), ", and ",
      survive_exploration, " survive exploration.\n\n", Races(json["races"]));
}

}  // namespace conformance::docs
