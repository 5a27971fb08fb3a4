// The version of lockcheck, which is that of the project in MODULE.bazel.

#ifndef CONFORMANCE_CLI_VERSION_H_
#define CONFORMANCE_CLI_VERSION_H_

#include "absl/strings/string_view.h"

namespace conformance {

inline constexpr absl::string_view kVersion = "0.1.0";

}  // namespace conformance

#endif  // CONFORMANCE_CLI_VERSION_H_
