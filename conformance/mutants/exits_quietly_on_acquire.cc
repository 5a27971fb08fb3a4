#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  ::_exit(0);
}

const RegisteredMutant kExitsQuietlyOnAcquire({
    "exits_quietly_on_acquire",
    "Exits with status 0 when it is to acquire.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
