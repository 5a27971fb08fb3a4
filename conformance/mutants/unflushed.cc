#include <string>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  return "";
}

// The commonest mistake in a contender.
const RegisteredMutant kUnflushed({
    "unflushed",
    "Never flushes its answer, and reads on.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol,
      absl::Seconds(4)}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
