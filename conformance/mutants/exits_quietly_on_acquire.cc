// Exits with status 0 when it is to acquire.

#include <unistd.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  ::_exit(0);
}

}  // namespace

Mutant ExitsQuietlyOnAcquireMutant() {
  return {"exits_quietly_on_acquire",
          "Exits with status 0 when it is to acquire.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
