#include <unistd.h>

#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  for (;;) ::pause();
}

const RegisteredMutant kHangsOnAcquire({
    "hangs_on_acquire",
    "Never answers an acquisition.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kHang, absl::Seconds(2)}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
