// Shell scripts as contenders, for tests, and a reader of their output.

#ifndef CONFORMANCE_CONTENDER_TESTING_H_
#define CONFORMANCE_CONTENDER_TESTING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"

namespace conformance {

// A deadline that is not to pass.
absl::Duration InAWhile();
// A deadline that is to pass.
absl::Duration Soon();

ContenderSource CommandLine(std::vector<std::string> command);
ContenderSource Shell(absl::string_view script);

// Null, with a failure, if it doesn't start.
std::unique_ptr<Contender> Started(const ContenderSource& source,
                                   const StartOptions& options = {});

std::string NextLine(Contender& contender);

// All lines until it ends.
std::vector<std::string> Output(const ContenderSource& source,
                                const StartOptions& options = {});

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDER_TESTING_H_
