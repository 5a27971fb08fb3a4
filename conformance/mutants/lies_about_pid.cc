#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
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
                             {{absl::StrCat("pid=", ::getpid()), "pid=1"}});
}

// A runner that believed it would kill that one.
const RegisteredMutant kLiesAboutPid({
    "lies_about_pid",
    "Says that it is another process than it is.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kProtocol}},
    [] { return SpeakByHand(&Reply); },
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
