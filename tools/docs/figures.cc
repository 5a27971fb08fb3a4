// Searches on one core, again and again, and on all of them.

#include "tools/docs/figures.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/monotonic_now.h"
#include "nlohmann/json.hpp"
#include "tools/docs/parallel.h"
#include "tools/docs/subjects.h"

namespace conformance::docs {
namespace {

using explorer::Exploration;
using explorer::Search;
using explorer::SearchResult;
using Json = nlohmann::ordered_json;

// One search on one core, done again and again for so long.
absl::StatusOr<SearchResult> Measure(const ContenderSource& source,
                                     const Search& search,
                                     const std::string& folder,
                                     absl::Duration at_least = absl::Seconds(2),
                                     int processor = -1) {
  explorer::ExplorerOptions options;
  options.source = source;
  options.tracing.directory = folder;
  options.tracing.processor = processor;
  absl::StatusOr<std::unique_ptr<explorer::Explorer>> created =
      explorer::Explorer::Create(options);
  if (!created.ok()) return created.status();
  // Work that is done once shall not count.
  Search first;
  explorer::OngoingSearch warm = explorer::Explorer::Begin(first, {});
  absl::StatusOr<explorer::Onward> onward =
      (*created)->Continue(warm, absl::InfiniteDuration());
  if (!onward.ok()) return onward.status();
  std::optional<SearchResult> all;
  int times = 0;
  while (!all.has_value() || all->took < at_least) {
    explorer::OngoingSearch run = explorer::Explorer::Begin(search, {});
    onward = (*created)->Continue(run, MonotonicNow() + absl::Seconds(20));
    if (!onward.ok()) return onward.status();
    if (*onward == explorer::Onward::kAgain) {
      return absl::UnavailableError((*created)->again_because());
    }
    const absl::Duration took =
        run.searched.took +
        (all.has_value() ? all->took : absl::ZeroDuration());
    if (all.has_value()) {
      all->Merge(run.searched);
    } else {
      all = std::move(run.searched);
    }
    all->took = took;
    ++times;
  }
  // Of one.
  all->statistics.schedules /= times;
  all->statistics.pruned /= times;
  all->statistics.steps /= times;
  all->took /= times;
  return *std::move(all);
}

Json MeasureIn(const Subject& subject, const std::string& folder) {
  Json json = {{"name", subject.name}};
  Search two;
  two.cycles = {2, 2};
  Search three;
  three.cycles = {2, 1, 1};
  Search crashes;
  crashes.faults = Search::Faults::kCrashes;
  crashes.max_preemptions = 1;
  Search failures = crashes;
  failures.faults = Search::Faults::kFailures;
  for (const auto& [key, search] :
       std::vector<std::pair<const char*, Search>>{{"two", two},
                                                   {"three", three},
                                                   {"crashes", crashes},
                                                   {"failures", failures}}) {
    const absl::StatusOr<SearchResult> searched =
        Measure(subject.source, search, folder);
    if (!searched.ok()) {
      json["error"] = std::string(searched.status().message());
      break;
    }
    json[key] = {{"schedules", searched->statistics.schedules},
                 {"pruned", searched->statistics.pruned},
                 {"steps", searched->statistics.steps},
                 {"seconds", absl::ToDoubleSeconds(searched->took)},
                 {"complete", searched->complete}};
  }
  return json;
}

// Schedules a second of processes that each search 2+2 cycles, all at once.
absl::StatusOr<double> MeasureApart(int processes) {
  const std::vector<Json> rates = InParallel(processes, [](int processor) {
    const absl::StatusOr<std::string> text =
        explorer::RunInWorker("", [&](const std::string& folder) {
          Search search;
          search.cycles = {2, 2};
          const absl::StatusOr<SearchResult> searched = Measure(
              BareFlockSource(), search, folder, absl::Seconds(10), processor);
          if (!searched.ok()) return Json(searched.status().ToString()).dump();
          const explorer::Statistics& n = searched->statistics;
          return Json(static_cast<double>(n.schedules + n.pruned) /
                      absl::ToDoubleSeconds(searched->took))
              .dump();
        });
    return text.ok() ? Json::parse(*text, nullptr, false)
                     : Json(text.status().ToString());
  });
  double sum = 0;
  for (const Json& rate : rates) {
    // The sum of the others would look like a measurement.
    if (!rate.is_number()) return absl::UnavailableError(rate.dump());
    sum += rate.get<double>();
  }
  return sum;
}

}  // namespace

Json MeasureCores() {
  Json json;
  const int cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  for (const int jobs : {1, cores}) {
    explorer::WorkersOptions options;
    options.campaign.explorer.source = BareFlockSource();
    options.campaign.plan.cycles = {2, 2, 2};
    options.campaign.plan.crashes = options.campaign.plan.failures = false;
    options.campaign.budget = absl::Seconds(10);
    options.jobs = jobs;
    const absl::StatusOr<Exploration> explored = explorer::RunWorkers(options);
    if (!explored.ok()) {
      std::cerr << explored.status() << "\n";
      continue;
    }
    Json row = {{"jobs", jobs}};
    double steps = 0;
    double schedules = 0;
    for (const SearchResult& searched : explored->searched) {
      steps += static_cast<double>(searched.statistics.steps);
      schedules += static_cast<double>(searched.statistics.schedules +
                                       searched.statistics.pruned);
    }
    row["steps"] = steps;
    row["schedules"] = schedules;
    row["seconds"] = absl::ToDoubleSeconds(explored->took);
    const absl::StatusOr<double> apart = MeasureApart(jobs);
    if (!apart.ok()) {
      std::cerr << apart.status() << "\n";
      continue;
    }
    row["apart"] = *apart;
    json.push_back(row);
  }
  return json;
}

Json MeasureAll() {
  Json all = Json::array();
  std::string folder =
      (std::filesystem::temp_directory_path() / "exploration.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return all;
  for (const Subject& subject : Subjects(folder)) {
    std::cerr << "measuring " << subject.name << "\n";
    const absl::StatusOr<std::string> text =
        explorer::RunInWorker("", [&](const std::string& folder) {
          return MeasureIn(subject, folder).dump();
        });
    if (!text.ok()) {
      std::cerr << subject.name << ": " << text.status().message() << "\n";
      continue;
    }
    all.push_back(Json::parse(*text));
  }
  std::filesystem::remove_all(folder);
  return all;
}

}  // namespace conformance::docs
