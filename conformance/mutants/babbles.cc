#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  return "Trying to get the lock...\n" + Success(command);
}

const RegisteredMutant kBabbles({
    "babbles",
    "Writes prose on standard output before it answers.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
