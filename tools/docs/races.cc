// Each mutant is stressed and then explored, in a process of its own.

#include "tools/docs/races.h"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/workers.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/races.h"
#include "conformance/stress/stress.h"
#include "nlohmann/json.hpp"
#include "tools/docs/parallel.h"

namespace conformance::docs {
namespace {

using explorer::CampaignOptions;
using explorer::Exploration;
using explorer::Finding;
using explorer::SearchResult;
using Json = nlohmann::ordered_json;

Json Compare(const Mutant& mutant, const std::string& folder,
             absl::Duration duration) {
  ContenderSource source;
  source.main = mutant.main;
  explorer::StressOptions stress_options;
  stress_options.duration = duration;
  stress_options.directory = folder;
  const absl::StatusOr<explorer::StressResult> stress =
      explorer::Stress(source, stress_options);
  Json json = {{"mutant", std::string(mutant.name)},
               {"defect", std::string(mutant.defect)}};
  if (!stress.ok()) {
    json["error"] = std::string(stress.status().message());
    return json;
  }
  json["stress"] = {{"violation", stress->violation},
                    {"seconds", absl::ToDoubleSeconds(stress->took)},
                    {"acquisitions", stress->acquisitions}};
  CampaignOptions options;
  options.explorer.source = source;
  options.explorer.tracing.directory = folder;
  options.plan.three = true;
  options.stop_at_first = true;
  const absl::StatusOr<Exploration> explored = explorer::RunCampaign(options);
  if (!explored.ok()) {
    json["error"] = std::string(explored.status().message());
    return json;
  }
  int64_t schedules = 0;
  for (const SearchResult& searched : explored->searched) {
    schedules += searched.statistics.schedules + searched.statistics.pruned;
  }
  const std::vector<const Finding*> findings = explored->Findings();
  json["exploration"] = {
      {"violation", findings.empty() ? "" : findings.front()->violation},
      {"schedule",
       findings.empty() ? "" : findings.front()->schedule.ToString()},
      {"seconds", absl::ToDoubleSeconds(explored->took)},
      {"schedules", schedules}};
  return json;
}

Json CompareApart(const Mutant& mutant, absl::Duration duration) {
  const absl::StatusOr<std::string> text =
      explorer::RunInWorker("", [&](const std::string& folder) {
        return Compare(mutant, folder, duration).dump();
      });
  if (text.ok()) return Json::parse(*text);
  // A row that is missing would look like a mutant that doesn't exist.
  return {{"mutant", std::string(mutant.name)},
          {"defect", std::string(mutant.defect)},
          {"error", std::string(text.status().message())}};
}

Json InOrder(Json rows) {
  std::sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
    return a["mutant"].get<std::string>() < b["mutant"].get<std::string>();
  });
  return rows;
}

}  // namespace

bool CompareOne(Json& rows, const std::string& name, absl::Duration stress) {
  for (const Mutant& mutant : AllRaceMutants()) {
    if (mutant.name != name) continue;
    Json others = Json::array({CompareApart(mutant, stress)});
    for (Json& row : rows) {
      if (row["mutant"] != name) others.push_back(std::move(row));
    }
    rows = InOrder(std::move(others));
    return true;
  }
  std::cerr << "there is no race mutant " << name << "\n";
  return false;
}

// By two processes, each with every second mutant.
Json CompareAll(absl::Duration stress) {
  constexpr int kProcesses = 2;
  const std::vector<Mutant>& mutants = AllRaceMutants();
  const std::vector<Json> parts = InParallel(kProcesses, [&](int k) {
    Json rows = Json::array();
    for (size_t i = static_cast<size_t>(k); i < mutants.size();
         i += kProcesses) {
      std::cerr << "comparing " << mutants[i].name << "\n";
      rows.push_back(CompareApart(mutants[i], stress));
    }
    return rows;
  });
  Json all = Json::array();
  for (const Json& rows : parts) {
    if (!rows.is_array()) continue;
    for (const Json& row : rows) all.push_back(row);
  }
  return InOrder(std::move(all));
}

std::vector<std::string> MutantsWithoutRow(const Json& rows) {
  std::vector<std::string> without;
  for (const Mutant& mutant : AllRaceMutants()) {
    const std::string name(mutant.name);
    if (std::none_of(rows.begin(), rows.end(),
                     [&](const Json& row) { return row["mutant"] == name; })) {
      without.push_back(name);
    }
  }
  return without;
}

}  // namespace conformance::docs
