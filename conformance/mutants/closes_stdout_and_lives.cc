// Closes its standard output and lives on.

#include <unistd.h>

#include <string>

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  ::close(STDOUT_FILENO);
  return "";
}

}  // namespace

Mutant ClosesStdoutAndLivesMutant() {
  return {"closes_stdout_and_lives",
          "Closes its standard output and lives on.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
          [] { return SpeakByHand(&Reply); },
          /*odd=*/true};
}

}  // namespace conformance
