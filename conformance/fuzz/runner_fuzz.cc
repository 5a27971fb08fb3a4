// The runner, with contenders that answer as they like.
//
// The first byte says whether all of it runs, or, which is much faster, the
// trial alone in this process; and whether there is enough time for what is
// endless to grow.

#include <signal.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "conformance/fuzz/hostile_contender.h"
#include "conformance/process/children.h"
#include "conformance/process/scratch.h"
#include "conformance/protocol.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/trial.h"
#include "conformance/verdict.h"
#include "conformance/verdict_json.h"
#include "tools/fuzz/check.h"

namespace conformance {
namespace {

using ::fuzz::Check;

constexpr absl::Duration kLimit = absl::Seconds(8);

// A little of everything that contenders are asked.
void AskEverything(Trial& t) {
  const int a = t.Start();
  const int b = t.Start();
  t.MustAcquire(a);
  t.MustBeRefused(b);
  if (t.going() && t.Can(kFork)) t.ForkAnswer(a, "a", "idle");
  if (t.going() && t.Can(kTouch)) t.Ask(b, TouchCommand(t.Path("x")));
  if (t.going() && t.Can(kCancel)) {
    t.Send(b, AcquireCommand("w", t.Path("lock"), absl::InfiniteDuration()));
    t.Cancel(b);
    t.Await(b);
  }
  t.MustRelease(a);
  t.OutsiderMustAcquire();
  t.EndInput(a);
  t.Kill(b, SIGKILL);
}

void CheckVerdict(const Verdict& verdict) {
  Check(verdict.outcome != Outcome::kHarness,
        "what a contender does is no fault of the suite");
  Check(IsFailure(verdict.outcome) != verdict.happened.empty() ||
            !IsFailure(verdict.outcome),
        "a failure says what happened");
  const std::string json = VerdictToJson(verdict).dump();
  Check(json.size() < size_t{16} << 20, "a verdict is of a bounded size");
  Check(VerdictFromJson(json).ok(), "a verdict can be passed on");
}

void RunAll(const std::string& script, absl::Duration deadline,
            const std::string& scratch) {
  RunOptions options;
  options.source = HostileContender(script);
  options.deadline = deadline;
  options.limit = kLimit;
  options.grace = absl::Seconds(20);  // of a machine that is loaded
  options.scratch = scratch;
  Requirement requirement;
  requirement.id = "Fuzz.Everything";
  requirement.check = &AskEverything;
  for (const Verdict& verdict : RunRequirements({requirement}, options)) {
    CheckVerdict(verdict);
  }
}

void RunTrial(const std::string& script, absl::Duration deadline,
              const std::string& scratch) {
  TrialOptions options;
  options.directory = scratch + "/trial";
  options.deadline = deadline;
  options.limit = kLimit;
  Check(::mkdir(options.directory.c_str(), 0755) == 0, "a folder can be made");
  {
    Trial trial("Fuzz.Everything", {}, HostileContender(script), options);
    AskEverything(trial);
    CheckVerdict(trial.Finish());
  }
  // As the runner does.
  Check(KillChildren(), "everybody can be killed");
  RemoveScratch(options.directory);
}

}  // namespace
}  // namespace conformance

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool kInitialized = (conformance::InitializeRunner(), true);
  if (size == 0 || size > 200 || !kInitialized) return 0;
  const std::string script(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool whole = data[0] % 16 == 1;
  const absl::Duration deadline =
      data[0] / 16 % 4 == 2 ? absl::Seconds(4) : absl::Milliseconds(100);
  conformance::CheckNothingIsLeft([&](const std::string& scratch) {
    whole ? conformance::RunAll(script, deadline, scratch)
          : conformance::RunTrial(script, deadline, scratch);
  });
  return 0;
}
