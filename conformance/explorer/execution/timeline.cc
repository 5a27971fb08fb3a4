// Lanes as columns.

#include "conformance/explorer/execution/timeline.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
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

void TrimRight(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

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
  return page;
}

}  // namespace conformance::explorer
