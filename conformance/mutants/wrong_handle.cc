// Answers about another handle than it was asked about.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  return "acquired another\n";
}

}  // namespace

Mutant WrongHandleMutant() {
  return {"wrong_handle",
          "Answers about another handle than it was asked about.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
