// Exits in the middle of an answer.

#include <unistd.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  Say("acqu");
  ::_exit(0);
}

}  // namespace

Mutant DiesBetweenTwoBytesMutant() {
  return {"dies_between_two_bytes",
          "Exits in the middle of an answer.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
