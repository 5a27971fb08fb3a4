// A mutant: a deliberately broken implementation that proves that a check can
// fail. One broken lock a file, which registers it at its end.

#ifndef CONFORMANCE_MUTANTS_MUTANT_H_
#define CONFORMANCE_MUTANTS_MUTANT_H_

#include <functional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender_main.h"
#include "conformance/verdict.h"

namespace conformance {

struct Mutant {
  // That a requirement gives this verdict for the mutant.
  struct Kill {
    absl::string_view id;
    Outcome outcome = Outcome::kViolation;
    // Of each exchange. Where it has to pass for the kill, it should be short.
    absl::Duration deadline = absl::Seconds(10);
  };

  absl::string_view name;    // as its file
  absl::string_view defect;  // one sentence
  std::vector<Kill> killed_by;
  // The function that runs as the contender.
  std::function<int()> main;
  // Speaks the protocol by hand (odd.h), and is no Implementation.
  bool odd = false;
};

// The main of a mutant that is an Implementation, constructed from `args`.
template <typename T, typename... Args>
std::function<int()> Serve(Args... args) {
  return [args...] {
    T implementation(args...);
    return ContenderMain(implementation);
  };
}

// Puts a mutant on the list of all, by a constant in the mutant's own file:
//
//   const RegisteredMutant kNoLock({"no_lock", "Opens the file and...", ...});
class RegisteredMutant {
 public:
  explicit RegisteredMutant(Mutant mutant);
};

// By name, in alphabetical order. Not before main.
const std::vector<Mutant>& AllMutants();

// The main function of a contender that is one of them: the one that its only
// argument names. Otherwise it lists them, and gives 2.
int RunNamed(const std::vector<Mutant>& mutants, int argc, char** argv);

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_MUTANT_H_
