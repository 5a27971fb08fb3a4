#include "conformance/mutants/mutant.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

int Main() {
  Say(Success({"hello"}));
  return 0;
}

const RegisteredMutant kExitsAfterHello({
    "exits_after_hello",
    "Introduces itself and exits.",
    {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
    &Main,
    /*odd=*/true,
});

}  // namespace
}  // namespace conformance
