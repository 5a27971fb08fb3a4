// Schedules, as people paste them and reports keep them.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/fuzz/printable.h"
#include "tools/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using conformance::explorer::Schedule;
  using fuzz::Check;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Schedule> parsed = Schedule::Parse(text);
  if (!parsed.ok()) {
    const absl::Status& status = parsed.status();
    Check(absl::IsInvalidArgument(status), "a refusal is an invalid argument");
    Check(conformance::IsHarmless(status.message()),
          "a refusal is harmless to a terminal");
    Check(status.message().size() < 1000, "a refusal is short");
    return 0;
  }
  Check(parsed->Validate().ok(), "what is parsed is valid");
  Check(!parsed->cycles.empty() &&
            parsed->cycles.size() <= Schedule::kMaxContenders &&
            parsed->steps.size() <= Schedule::kMaxSteps,
        "what is parsed is bounded");
  for (const conformance::explorer::Step& step : parsed->steps) {
    Check(step.actor >= 0 &&
              static_cast<size_t>(step.actor) < parsed->cycles.size(),
          "each step is one of a contender");
    Check(step.KeptOf(7) <= 1'000'000, "a short write is bounded");
  }
  const int switches = parsed->Switches();
  Check(switches >= 0 && switches <= static_cast<int>(parsed->steps.size()),
        "there are no more preemptions than steps");
  const std::string printed = parsed->ToString();
  const absl::StatusOr<Schedule> again = Schedule::Parse(printed);
  Check(again.ok() && *again == *parsed, "what is printed is parsed as it was");
  Check(again->ToString() == printed, "what is parsed is printed as it was");
  return 0;
}
