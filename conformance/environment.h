// The needs of the suite itself on the machine that it runs on: a folder for
// its files, locks that exclude, descriptors, processes, signals, and /proc.
//
// Where one of them is missing, whatever a contender does there tells nothing
// of the implementation. So this is looked at before anything is judged,
// without any contender.

#ifndef CONFORMANCE_ENVIRONMENT_H_
#define CONFORMANCE_ENVIRONMENT_H_

#include <string>

#include "absl/status/status.h"

namespace conformance {

// FailedPrecondition with one line, which says what is missing and what helps.
// `base`: the folder in which folders are made, as for MakeScratch. `jobs`: as
// in RunOptions. Nothing is left behind.
absl::Status CheckEnvironment(const std::string& base, int jobs);

// After something went wrong: why it may be a fault of the file system that
// `directory` is on, now full or without it; "" if there is no such reason.
std::string WhyUnfit(const std::string& directory);

}  // namespace conformance

#endif  // CONFORMANCE_ENVIRONMENT_H_
