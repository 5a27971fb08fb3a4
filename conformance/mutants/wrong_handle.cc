#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  return "acquired another\n";
}

const RegisteredMutant kWrongHandle({
    "wrong_handle",
    "Answers about another handle than it was asked about.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
