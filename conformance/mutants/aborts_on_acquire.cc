// Aborts when it is to acquire. A death is no refusal.

#include <stdlib.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  ::abort();
}

}  // namespace

Mutant AbortsOnAcquireMutant() {
  return {"aborts_on_acquire",
          "Aborts when it is to acquire.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
