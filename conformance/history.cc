// Recording and showing of histories.

#include "conformance/history.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

constexpr Event::Kind kAllKinds[] = {
    Event::Kind::kNote,      Event::Kind::kDid,      Event::Kind::kStarted,
    Event::Kind::kAsked,     Event::Kind::kAnswered, Event::Kind::kLogged,
    Event::Kind::kSignalled, Event::Kind::kEnded};

// Fields as people read them: decoded, quoted only where it is needed.
std::string Readable(const std::vector<std::string>& fields) {
  return absl::StrJoin(
      fields, " ", [](std::string* out, const std::string& field) {
        const std::string printable = Printable(field);
        const bool plain = printable.size() == field.size() + 2 &&
                           !absl::StrContains(field, ' ') && !field.empty();
        absl::StrAppend(out, plain ? field : printable);
      });
}

std::string EventLine(const Event& event) {
  std::string what;
  switch (event.kind) {
    case Event::Kind::kNote:
      what = absl::StrCat("-- ", absl::StrJoin(event.fields, " "));
      break;
    case Event::Kind::kDid:
      what =
          absl::StrCat("* ", PrintableText(absl::StrJoin(event.fields, " ")));
      break;
    case Event::Kind::kStarted:
      what = absl::StrCat("starts: ", Readable(event.fields));
      break;
    case Event::Kind::kAsked:
      what = absl::StrCat("> ", Readable(event.fields));
      break;
    case Event::Kind::kAnswered:
    case Event::Kind::kLogged:
      what = absl::StrCat("< ", Readable(event.fields));
      break;
    case Event::Kind::kSignalled:
      what = absl::StrCat("! ", absl::StrJoin(event.fields, " "));
      break;
    case Event::Kind::kEnded:
      what = absl::StrCat("ended: ", absl::StrJoin(event.fields, " "));
      break;
  }
  const std::string who = event.contender == Event::kRunner
                              ? std::string(" ")
                              : ContenderLabel(event.contender);
  return absl::StrFormat("%10.3f ms  %s  %s",
                         absl::ToDoubleMilliseconds(event.at), who, what);
}

}  // namespace

absl::string_view History::last_note() const {
  for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
    if (it->kind == Event::Kind::kNote) return it->fields.front();
  }
  return "";
}

void History::Shorten() {
  constexpr size_t kMaxField = 8192;  // bytes: a path and its escapes
  constexpr size_t kMaxEvents = 2000;
  constexpr size_t kMostBytes = size_t{1} << 20;
  size_t all = 0;
  for (const Event& event : events_) {
    for (const std::string& field : event.fields) all += field.size();
  }
  const size_t longest = all > kMostBytes ? kMaxField / 32 : kMaxField;
  for (Event& event : events_) {
    for (std::string& field : event.fields) {
      if (field.size() <= longest) continue;
      const size_t bytes = field.size();
      field.resize(longest);
      field.shrink_to_fit();
      absl::StrAppend(&field, "... (", bytes, " bytes)");
    }
  }
  if (events_.size() <= kMaxEvents) return;
  const size_t left_out = events_.size() - kMaxEvents;
  const auto first = events_.begin() + kMaxEvents / 2;
  first->contender = Event::kRunner;
  first->kind = Event::Kind::kNote;
  first->fields = {absl::StrCat(left_out + 1, " events are left out here")};
  events_.erase(first + 1, first + 1 + static_cast<ptrdiff_t>(left_out));
}

std::string History::ToString(size_t most) const {
  std::string text;
  for (size_t i = 0; i < events_.size(); ++i) {
    if (events_.size() > most && i == most / 2) {
      const size_t left_out = events_.size() - most;
      absl::StrAppend(&text, "            ... ", left_out,
                      left_out == 1 ? " event" : " events", " left out ...\n");
      i += left_out - 1;
      continue;
    }
    absl::StrAppend(&text, EventLine(events_[i]), "\n");
  }
  return text;
}

std::string ContenderLabel(int contender) {
  if (contender == Event::kRunner) return "runner";
  if (contender < 26) return std::string(1, static_cast<char>('A' + contender));
  return absl::StrCat("C", contender);
}

absl::string_view EventKindName(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kNote:
      return "note";
    case Event::Kind::kDid:
      return "did";
    case Event::Kind::kStarted:
      return "started";
    case Event::Kind::kAsked:
      return "asked";
    case Event::Kind::kAnswered:
      return "answered";
    case Event::Kind::kLogged:
      return "logged";
    case Event::Kind::kSignalled:
      return "signalled";
    case Event::Kind::kEnded:
      return "ended";
  }
  return "note";
}

Event::Kind EventKindFromName(absl::string_view name) {
  for (const Event::Kind kind : kAllKinds) {
    if (EventKindName(kind) == name) return kind;
  }
  return Event::Kind::kNote;
}

}  // namespace conformance
