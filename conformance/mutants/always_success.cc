#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  const std::string answer = Success(command);
  return answer == "unsupported\n" ? "acquired a\n" : answer;
}

const RegisteredMutant kAlwaysSuccess({
    "always_success",
    "Answers everything with success, whether it knows it or not.",
    {{"Protocol.MadeUpCommandIsUnsupported", Outcome::kProtocol},
     {"Exclusion.SecondProcessIsRefused"}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
