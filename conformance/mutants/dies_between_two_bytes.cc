#include <unistd.h>

#include <string>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  Say("acqu");
  ::_exit(0);
}

const RegisteredMutant kDiesBetweenTwoBytes({
    "dies_between_two_bytes",
    "Exits in the middle of an answer.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
