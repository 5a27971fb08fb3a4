// Lines of the contender protocol, and what is shown of them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/tracing/answers.h"
#include "conformance/fuzz/printable.h"
#include "conformance/profile.h"
#include "conformance/protocol.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using explorer::Answers;
using ::fuzz::Check;

void CheckFields(absl::string_view bytes) {
  const std::string field = EncodeField(bytes);
  Check(IsHarmless(field) && !absl::StrContains(field, ' '),
        "a field has no space and nothing that a terminal obeys");
  const absl::StatusOr<std::string> back = DecodeField(field);
  Check(back.ok() && *back == bytes, "a field says what was put into it");
  const absl::StatusOr<std::vector<std::string>> fields = DecodeLine(bytes);
  if (!fields.ok()) return;
  const absl::StatusOr<std::vector<std::string>> again =
      DecodeLine(EncodeLine(*fields));
  Check(again.ok() && *again == *fields,
        "a line that is sent on says the same");
}

void CheckRefusal(const absl::Status& status) {
  Check(absl::IsInvalidArgument(status), "a wrong line is an invalid argument");
  Check(IsHarmless(status.message()),
        "what is said of a wrong line is harmless to a terminal");
  Check(status.message().size() < 4096, "what is said of a line is short");
}

void CheckProfile(const Introduction& introduction) {
  const Profile profile = ClaimedProfile(introduction, "");
  Check(IsHarmless(profile.ToString(), "\t\n"), "a profile is harmless");
  const std::optional<Profile> back = Profile::FromFields(profile.ToFields());
  Check(back.has_value() && back->ToFields() == profile.ToFields(),
        "a profile is passed on as it is");
  Check(profile.at.empty() || !profile.PlaceOf("/a/b").empty(),
        "a place that is said leads to one");
}

void CheckAnswer(absl::string_view line) {
  const absl::StatusOr<Answer> answer = ParseAnswer(line);
  if (!answer.ok()) {
    CheckRefusal(answer.status());
    return;
  }
  Check(!answer->is(AnswerKind::kNone), "an answer has a kind");
  for (const Command& command :
       {HelloCommand(), AcquireCommand("a", "/p"), ReleaseCommand("a"),
        TouchCommand("/p"), ForkCommand("a", "idle"), CancelCommand("a"),
        SetenvCommand("N", std::nullopt), BecomeCommand(1, 2), ExitCommand()}) {
    if (const absl::Status fits = AnswerFits(command, *answer); !fits.ok()) {
      CheckRefusal(fits);
    } else if (answer->is(AnswerKind::kAcquired)) {
      Check(command[0] == "acquire" && answer->handle == "a",
            "only what was asked for is acquired");
    }
  }
  Check(AnswerFitsCancelled(AcquireCommand("a", "/p"), *answer).ok() ==
            (AnswerFits(AcquireCommand("a", "/p"), *answer).ok() ||
             (answer->is(AnswerKind::kCancelled) && answer->handle == "a")),
        "a cancelled wait has one answer more");
  if (answer->is(AnswerKind::kForked)) {
    Check(answer->child > 0 && answer->child <= INT32_MAX, "a child has a pid");
  }
  if (answer->is(AnswerKind::kHello)) {
    const Introduction& intro = answer->introduction;
    Check(intro.pid > 0 && intro.pid <= INT32_MAX, "a contender has a pid");
    Check(intro.can.size() <= AllCapabilities().size(),
          "no more is claimed than there is");
    CheckProfile(intro);
  }
}

// However the bytes come, the lines are the same.
void CheckAnswers(absl::string_view bytes) {
  const auto lines_of = [&](size_t piece) {
    Answers answers;
    std::vector<std::string> lines;
    for (absl::string_view rest = bytes; !rest.empty();) {
      const absl::string_view next = rest.substr(0, piece);
      const bool more = answers.Take(next);
      Check(more || answers.empty(), "answers that come are told of");
      while (!answers.empty()) lines.push_back(answers.Fetch());
      rest.remove_prefix(next.size());
    }
    return lines;
  };
  Check(lines_of(1) == lines_of(7) && lines_of(7) == lines_of(bytes.size()),
        "lines don't depend on the pieces in which they come");
}

void CheckText(absl::string_view bytes) {
  Check(IsHarmless(Printable(bytes)), "a printable text is harmless");
  Check(Printable(bytes).size() < 2000, "a printable text is short");
  Check(IsHarmless(PrintableText(bytes), "\t\n"),
        "a printable text of several lines is harmless");
  if (const absl::StatusOr<absl::Duration> wait = ParseWait(bytes); wait.ok()) {
    const absl::StatusOr<absl::Duration> back = ParseWait(FormatWait(*wait));
    Check(back.ok() && *back == *wait, "a time to wait is sent as it is");
  } else {
    CheckRefusal(wait.status());
  }
}

}  // namespace
}  // namespace conformance

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  conformance::CheckFields(bytes);
  conformance::CheckAnswers(bytes);
  conformance::CheckText(bytes);
  // The rest of the lines have no newline in them.
  conformance::CheckAnswer(bytes.substr(0, bytes.find('\n')));
  return 0;
}
