// Answers each command twice, so that the second answer meets the next command.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  return Success(command) + Success(command);
}

}  // namespace

Mutant AnswersTwiceMutant() {
  return {"answers_twice",
          "Answers each command twice, so that the second answer meets the "
          "next command.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
