// Introduces itself and exits.

#include "conformance/mutants/all.h"
#include "conformance/mutants/odd.h"
#include "conformance/verdict.h"

namespace conformance {
namespace {

int Main() {
  Say(Success({"hello"}));
  return 0;
}

}  // namespace

Mutant ExitsAfterHelloMutant() {
  return {"exits_after_hello",
          "Introduces itself and exits.",
          {{"Exclusion.SecondProcessIsRefused", Outcome::kCrash}},
          &Main,
          /*odd=*/true};
}

}  // namespace conformance
