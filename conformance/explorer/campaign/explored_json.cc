// By nlohmann's library.

#include "conformance/explorer/campaign/explored_json.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/json_numbers.h"
#include "conformance/shard.h"
#include "conformance/utf8.h"
#include "nlohmann/json.hpp"

namespace conformance::explorer {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "lockcheck-exploration/1";
constexpr int kMostJobs = 1'000'000;

// Contenders write what they like.
std::string Text(const std::string& bytes) {
  return EscapeUnless(bytes, [](uint32_t /*code*/) { return true; });
}

// As the library, these tell of a wrong field by an exception.
template <typename T>
T IntegerOf(const Json& value, const std::string& what) {
  const std::optional<T> number = IntegerFrom<T>(value);
  if (!number.has_value()) throw std::out_of_range(what);
  return *number;
}

template <typename T>
T Integer(const Json& json, const char* key) {
  return IntegerOf<T>(json.at(key), key);
}

// From 0, and so small that the sums of all shards are numbers still.
int64_t Count(const Json& json, const char* key) {
  constexpr int64_t kMost = int64_t{1} << 53;
  const auto count = Integer<int64_t>(json, key);
  if (count < 0 || count > kMost) throw std::out_of_range(key);
  return count;
}

const Json& List(const Json& json, const char* key) {
  const Json& list = json.at(key);
  if (!list.is_array()) throw std::out_of_range(key);
  return list;
}

absl::Duration Seconds(const Json& json, const char* key) {
  const std::optional<absl::Duration> duration =
      DurationFrom(json.at(key), absl::Seconds(1));
  if (!duration.has_value()) throw std::out_of_range(key);
  return *duration;
}

Json FindingToJson(const Finding& finding) {
  return {{"violation", finding.violation},
          {"message", Text(finding.message)},
          {"schedule", finding.schedule.ToString()},
          {"found", finding.found.ToString()},
          {"timeline", Text(finding.timeline)},
          {"replayed", finding.replayed},
          {"last", finding.last},
          {"simple", finding.simple},
          {"part", finding.part},
          {"executions", finding.executions}};
}

Json SearchedToJson(const std::string& search, const std::string& folder,
                    const SearchResult& searched) {
  const Statistics& n = searched.statistics;
  Json findings = Json::array();
  for (const Finding& finding : searched.findings) {
    findings.push_back(FindingToJson(finding));
  }
  return {{"search", search},
          {"folder", folder},
          {"complete", searched.complete},
          {"why", Text(searched.why)},
          {"schedules", n.schedules},
          {"pruned", n.pruned},
          {"abandoned", n.abandoned},
          {"diverged", n.diverged},
          {"steps", n.steps},
          {"parts", n.parts},
          {"max_depth", n.max_depth},
          {"exhausted", n.exhausted},
          {"remaining", n.remaining},
          {"violations", searched.violations},
          {"fingerprint", absl::StrFormat("%016x", searched.fingerprint)},
          {"seconds", absl::ToDoubleSeconds(searched.took)},
          {"findings", std::move(findings)}};
}

// Of none, where there is none.
Schedule ScheduleOf(const Json& json, const char* name) {
  const std::string text = json.at(name).get<std::string>();
  if (text == Schedule().ToString()) return Schedule();
  absl::StatusOr<Schedule> schedule = Schedule::Parse(text);
  if (!schedule.ok()) throw std::out_of_range(name);
  return *std::move(schedule);
}

Finding FindingFromJson(const Json& json) {
  Finding finding;
  finding.violation = json.at("violation").get<std::string>();
  finding.message = json.at("message").get<std::string>();
  finding.schedule = ScheduleOf(json, "schedule");
  finding.found = ScheduleOf(json, "found");
  finding.timeline = json.at("timeline").get<std::string>();
  finding.replayed = json.at("replayed").get<bool>();
  finding.last = json.at("last").get<bool>();
  finding.simple = json.at("simple").get<bool>();
  finding.part = Integer<int64_t>(json, "part");
  finding.executions = Integer<int64_t>(json, "executions");
  return finding;
}

SearchResult SearchedFromJson(const Json& json) {
  SearchResult searched;
  Statistics& n = searched.statistics;
  searched.complete = json.at("complete").get<bool>();
  searched.why = json.at("why").get<std::string>();
  n.schedules = Count(json, "schedules");
  n.pruned = Count(json, "pruned");
  n.abandoned = Count(json, "abandoned");
  n.diverged = Count(json, "diverged");
  n.steps = Count(json, "steps");
  if (json.contains("parts")) n.parts = Count(json, "parts");
  n.max_depth = Integer<int>(json, "max_depth");
  n.exhausted = json.at("exhausted").get<bool>();
  n.remaining = json.at("remaining").get<double>();
  searched.violations = Count(json, "violations");
  if (!absl::SimpleHexAtoi(json.at("fingerprint").get<std::string>(),
                           &searched.fingerprint)) {
    throw std::out_of_range("fingerprint");
  }
  searched.took = Seconds(json, "seconds");
  for (const Json& finding : List(json, "findings")) {
    searched.findings.push_back(FindingFromJson(finding));
  }
  return searched;
}

}  // namespace

nlohmann::ordered_json ExploredToJson(const Exploration& explored) {
  Json searches = Json::array();
  for (size_t i = 0; i < explored.searched.size(); ++i) {
    searches.push_back(SearchedToJson(explored.searches[i], explored.folders[i],
                                      explored.searched[i]));
  }
  Json command = Json::array();
  for (const std::string& word : explored.command) {
    command.push_back(Text(word));
  }
  return {{"format", kFormat},
          {"introduction", Text(explored.introduction)},
          {"command", std::move(command)},
          {"options", Text(explored.options)},
          {"shards", explored.shards},
          {"shard_count", explored.shard_count},
          {"complete", explored.complete()},
          {"searches", std::move(searches)},
          {"calls", explored.calls},
          {"errors", explored.errors},
          {"late", explored.separate_commands},
          {"late_because", Text(explored.separate_commands_because)},
          {"starts", explored.starts},
          {"stops", explored.stops},
          {"jobs", explored.jobs},
          {"seconds", absl::ToDoubleSeconds(explored.took)}};
}

absl::StatusOr<Exploration> ExploredFromJson(absl::string_view text) {
  // The library tells of a missing or wrong field by an exception.
  try {
    const Json json = Json::parse(text.begin(), text.end());
    if (json.at("format").get<std::string>() != kFormat) {
      throw std::out_of_range("format");
    }
    Exploration explored;
    explored.introduction = json.at("introduction").get<std::string>();
    if (json.contains("command")) {
      explored.command = json.at("command").get<std::vector<std::string>>();
      explored.options = json.at("options").get<std::string>();
    }
    if (json.contains("shards")) {
      explored.shards.clear();
      for (const Json& shard : List(json, "shards")) {
        explored.shards.insert(IntegerOf<int>(shard, "shards"));
      }
      explored.shard_count = Integer<int>(json, "shard_count");
      if (explored.shards.empty() || *explored.shards.begin() < 1 ||
          *explored.shards.rbegin() > explored.shard_count ||
          explored.shard_count > Shard::kMostShards) {
        throw std::out_of_range("shards");
      }
    }
    for (const Json& searched : List(json, "searches")) {
      explored.searches.push_back(searched.at("search").get<std::string>());
      explored.folders.push_back(searched.at("folder").get<std::string>());
      explored.searched.push_back(SearchedFromJson(searched));
    }
    const Json& calls = json.at("calls");
    if (!calls.is_object()) throw std::out_of_range("calls");
    for (const auto& call : calls.items()) {
      explored.calls[call.key()] = IntegerOf<int64_t>(call.value(), call.key());
    }
    explored.errors =
        json.at("errors").get<std::map<std::string, std::set<std::string>>>();
    explored.separate_commands = json.at("late").get<bool>();
    explored.separate_commands_because =
        json.at("late_because").get<std::string>();
    explored.starts = Integer<int64_t>(json, "starts");
    explored.stops = Integer<int64_t>(json, "stops");
    explored.jobs = Integer<int>(json, "jobs");
    if (explored.jobs < 1 || explored.jobs > kMostJobs) {
      throw std::out_of_range("jobs");
    }
    explored.took = Seconds(json, "seconds");
    return explored;
  } catch (const std::exception& wrong) {
    return absl::InvalidArgumentError(wrong.what());
  }
}

}  // namespace conformance::explorer
