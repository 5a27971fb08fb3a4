#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  return std::string(kMaxLineBytes + 1, 'x');
}

const RegisteredMutant kEndlessLine({
    "endless_line",
    "Answers with a line that does not end.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
