// The common part of the odd contenders. They speak the protocol by hand, so
// that they can speak it wrongly. They hold no lock at all.

#ifndef CONFORMANCE_MUTANTS_ODD_H_
#define CONFORMANCE_MUTANTS_ODD_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance {

using Words = std::vector<std::string>;

// Writes to standard output, as it is.
void Say(absl::string_view text);

// The answer that says that the command succeeded, with its newline;
// `unsupported` to a word that the protocol does not have. No capability is
// claimed.
std::string Success(const Words& command);

// Says what `answer` returns for each command, until the end of input. To be
// returned from main.
int SpeakByHand(const std::function<std::string(const Words&)>& answer);

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_ODD_H_
