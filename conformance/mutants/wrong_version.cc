#include <string>

#include "absl/strings/str_replace.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "hello") return Success(command);
  return absl::StrReplaceAll(Success(command),
                             {{kProtocol, "lockfile-contender/2"}});
}

const RegisteredMutant kWrongVersion({
    "wrong_version",
    "Speaks another version of the protocol.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
