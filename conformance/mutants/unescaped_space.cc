#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/protocol.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

std::string Reply(const Words& command) {
  if (command[0] != "acquire") return Success(command);
  return absl::StrCat("error ", command[1], " no such file\n");
}

const RegisteredMutant kUnescapedSpace({
    "unescaped_space",
    "Does not encode the spaces in a message.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
