#include <stdlib.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  ::abort();
}

// A death is no refusal.
const RegisteredMutant kAbortsOnAcquire({
    "aborts_on_acquire",
    "Aborts when it is to acquire.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
