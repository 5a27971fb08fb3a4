#include <unistd.h>

#include "absl/time/time.h"
#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

int Main() {
  SpeakByHand(&Success);
  for (;;) ::pause();
}

const RegisteredMutant kIgnoresEndOfInput({
    "ignores_end_of_input",
    "Lives on at the end of its input.",
    {{"Protocol.EndOfInputEndsContender", Outcome::kHang, absl::Seconds(2)}},
    &Main,
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
