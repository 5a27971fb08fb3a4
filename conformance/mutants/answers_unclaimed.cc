// Claims no capability, and answers as if it had them.

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) { return Success(command); }

}  // namespace

Mutant AnswersUnclaimedMutant() {
  return {"answers_unclaimed",
          "Claims no capability, and answers as if it had them.",
          {{"Protocol.UnclaimedCommandIsUnsupported"}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
