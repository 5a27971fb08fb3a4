// Verdicts to and from JSON, by nlohmann's library.

#include "conformance/verdict_json.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/json_numbers.h"
#include "conformance/utf8.h"
#include "conformance/verdict.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Event> EventFromJson(const Json& json) {
  if (!json.is_object() || !json.contains("at") ||
      !json.contains("contender") || !json.contains("kind") ||
      !json["kind"].is_string() || !json.contains("fields") ||
      !json["fields"].is_array()) {
    return std::nullopt;
  }
  const std::optional<absl::Duration> at =
      DurationFrom(json["at"], absl::Milliseconds(1));
  const std::optional<int> contender = IntegerFrom<int>(json["contender"]);
  const Json& fields = json["fields"];
  if (!at.has_value() || !contender.has_value() ||
      !std::all_of(fields.begin(), fields.end(),
                   [](const Json& field) { return field.is_string(); })) {
    return std::nullopt;
  }
  return Event{*at, *contender,
               EventKindFromName(json["kind"].get<std::string>()),
               fields.get<std::vector<std::string>>()};
}

std::string Text(const std::string& bytes) {
  return EscapeUnless(bytes, [](uint32_t /*code*/) { return true; });
}

}  // namespace

nlohmann::ordered_json VerdictToJson(const Verdict& verdict) {
  Json json = {{"id", verdict.id},
               {"verdict", std::string(OutcomeName(verdict.outcome))},
               {"expected", Text(verdict.expected)},
               {"happened", Text(verdict.happened)},
               {"details", Text(verdict.details)},
               {"milliseconds", absl::ToDoubleMilliseconds(verdict.took)}};
  if (!verdict.explained_by.empty()) {
    json["explained_by"] = verdict.explained_by;
  }
  Json events = Json::array();
  for (const Event& event : verdict.history.events()) {
    Json fields = Json::array();
    for (const std::string& field : event.fields) fields.push_back(Text(field));
    events.push_back({{"at", absl::ToDoubleMilliseconds(event.at)},
                      {"contender", event.contender},
                      {"kind", std::string(EventKindName(event.kind))},
                      {"fields", std::move(fields)}});
  }
  json["history"] = std::move(events);
  return json;
}

absl::StatusOr<Verdict> VerdictFromJson(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr,
                                /*allow_exceptions=*/false);
  const auto bad = [](absl::string_view what) {
    return absl::InvalidArgumentError(what);
  };
  if (!json.is_object()) return bad("no JSON object");
  for (const char* key : {"id", "verdict", "expected", "happened", "details"}) {
    if (!json.contains(key) || !json[key].is_string()) return bad(key);
  }
  if (!json.contains("history") || !json["history"].is_array() ||
      !json.contains("milliseconds")) {
    return bad("history or milliseconds");
  }
  const std::optional<absl::Duration> took =
      DurationFrom(json["milliseconds"], absl::Milliseconds(1));
  if (!took.has_value()) return bad("milliseconds");
  const std::optional<Outcome> outcome =
      OutcomeFromName(json["verdict"].get<std::string>());
  if (!outcome.has_value()) return bad("verdict");
  Verdict verdict;
  verdict.id = json["id"].get<std::string>();
  verdict.outcome = *outcome;
  verdict.expected = json["expected"].get<std::string>();
  verdict.happened = json["happened"].get<std::string>();
  verdict.details = json["details"].get<std::string>();
  verdict.took = *took;
  if (json.contains("explained_by") && json["explained_by"].is_string()) {
    verdict.explained_by = json["explained_by"].get<std::string>();
  }
  for (const Json& recorded : json["history"]) {
    std::optional<Event> event = EventFromJson(recorded);
    if (!event.has_value()) return bad("event");
    verdict.history.AddRecorded(*std::move(event));
  }
  return verdict;
}

}  // namespace conformance
