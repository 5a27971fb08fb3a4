#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) { return Success(command); }

const RegisteredMutant kAnswersUnclaimed({
    "answers_unclaimed",
    "Claims no capability, and answers as if it had them.",
    {{"Protocol.UnclaimedCommandIsUnsupported"}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
