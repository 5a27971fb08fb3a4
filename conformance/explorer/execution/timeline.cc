// Lanes as columns.

#include "conformance/explorer/execution/timeline.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/protocol.h"

namespace conformance::explorer {
namespace {

// A lane that is wider than this lets its longest lines stand out.
constexpr size_t kMaxLane = 46;
// Of one that goes on and on, so many lines, and the last.
constexpr size_t kFirstShown = 120;
constexpr size_t kLastShown = 40;

std::string Text(const TimelineEvent& event) {
  switch (event.kind) {
    case TimelineEvent::Kind::kCall:
      return absl::StrCat(FormatCall(event.call), " = ",
                          FormatResult(event.result),
                          event.injected ? " (injected)" : "");
    case TimelineEvent::Kind::kKilled:
      return absl::StrCat("SIGKILL", event.text);
    case TimelineEvent::Kind::kTime:
      return absl::StrCat("... ", event.text);
    case TimelineEvent::Kind::kCommand:
      return absl::StrCat("> ", event.text);
    case TimelineEvent::Kind::kAnswer:
      return absl::StrCat("< ", PrintableText(event.text));
    case TimelineEvent::Kind::kEnded:
      return absl::StrCat("(it ", event.text, ")");
    case TimelineEvent::Kind::kViolation:
      return absl::StrCat("*** ", event.text);
  }
  return "";
}

bool IsCallOf(const TimelineEvent& event, int actor) {
  return event.kind == TimelineEvent::Kind::kCall && event.actor == actor;
}

// The place where the command begins that an event belongs to.
std::optional<size_t> CommandOf(const std::vector<TimelineEvent>& events,
                                size_t event) {
  const int actor = events[event].actor;
  for (size_t i = event; i-- > 0;) {
    if (events[i].actor != actor) continue;
    if (events[i].kind == TimelineEvent::Kind::kCommand) return i;
    if (events[i].kind != TimelineEvent::Kind::kCall) return std::nullopt;
  }
  return std::nullopt;
}

// Whether one writes what the other touches.
bool WritesFor(const Footprint& one, const Footprint& other) {
  return std::any_of(
      one.accesses.begin(), one.accesses.end(), [&](const Access& mine) {
        return mine.write &&
               std::any_of(other.accesses.begin(), other.accesses.end(),
                           [&](const Access& its) {
                             return its.object == mine.object;
                           });
      });
}

std::string RaceText(const std::vector<TimelineEvent>& events,
                     const Race& race) {
  // As the lines are numbered.
  const auto call = [&](size_t event) {
    const auto number = std::count_if(
        events.begin(), events.begin() + static_cast<ptrdiff_t>(event) + 1,
        [](const TimelineEvent& e) {
          return e.kind == TimelineEvent::Kind::kCall;
        });
    return absl::StrCat(number, " of ", LetterOf(events[event].actor));
  };
  const bool acts =
      WritesFor(events[race.between].footprint, events[race.after].footprint);
  return absl::StrCat(
      "      raced: call ", call(race.after),
      acts ? " meets what call " : " changes what call ", call(race.between),
      acts ? " has changed since call " : " has looked at since call ",
      call(race.before), "\n");
}

void TrimRight(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

std::optional<Race> LastRace(const std::vector<TimelineEvent>& events) {
  for (size_t after = events.size(); after-- > 0;) {
    if (!IsCallOf(events[after], events[after].actor)) continue;
    const int actor = events[after].actor;
    const std::optional<size_t> command = CommandOf(events, after);
    if (!command.has_value()) continue;
    for (size_t between = after; between-- > *command;) {
      if (events[between].actor == actor ||
          !IsCallOf(events[between], events[between].actor) ||
          !Conflict(events[between].footprint, events[after].footprint)) {
        continue;
      }
      // The one that has looked, if any has.
      std::optional<size_t> last;
      for (size_t before = between; before-- > *command;) {
        if (!IsCallOf(events[before], actor)) continue;
        if (!last.has_value()) last = before;
        if (Conflict(events[before].footprint, events[between].footprint)) {
          return Race{before, between, after};
        }
      }
      if (last.has_value()) return Race{*last, between, after};
    }
  }
  return std::nullopt;
}

std::string FormatTimeline(const std::vector<TimelineEvent>& events, int actors,
                           const std::string& directory) {
  std::vector<std::string> texts;
  std::vector<size_t> widths(static_cast<size_t>(actors), 8);
  for (const TimelineEvent& event : events) {
    texts.push_back(absl::StrReplaceAll(Text(event), {{directory + "/", ""}}));
    if (event.kind == TimelineEvent::Kind::kViolation) continue;
    size_t& width = widths[static_cast<size_t>(event.actor)];
    width = std::max(width, std::min(kMaxLane, texts.back().size()));
  }
  std::string page = "      ";
  for (size_t i = 0; i < widths.size(); ++i) {
    const std::string title = LetterOf(static_cast<int>(i));
    absl::StrAppendFormat(&page, "%-*s  ", static_cast<int>(widths[i]), title);
  }
  TrimRight(page);
  absl::StrAppend(&page, "\n");
  int number = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const TimelineEvent& event = events[i];
    std::string line = event.kind == TimelineEvent::Kind::kCall
                           ? absl::StrFormat("%4d  ", ++number)
                           : "      ";
    if (event.kind != TimelineEvent::Kind::kViolation) {
      for (size_t lane = 0; lane < static_cast<size_t>(event.actor); ++lane) {
        line.append(widths[lane] + 2, ' ');
      }
    }
    if (i >= kFirstShown && i + kLastShown < events.size()) {
      if (i == kFirstShown) {
        absl::StrAppend(&page, "      ... and ",
                        events.size() - kFirstShown - kLastShown,
                        " lines more\n");
      }
      continue;
    }
    absl::StrAppend(&line, texts[i]);
    TrimRight(line);
    absl::StrAppend(&page, line, "\n");
  }
  const bool violated =
      std::any_of(events.begin(), events.end(), [](const TimelineEvent& event) {
        return event.kind == TimelineEvent::Kind::kViolation;
      });
  const std::optional<Race> race = violated ? LastRace(events) : std::nullopt;
  if (race.has_value()) absl::StrAppend(&page, RaceText(events, *race));
  return page;
}

}  // namespace conformance::explorer
