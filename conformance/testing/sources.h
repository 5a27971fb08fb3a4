// A folder of sources, as the test sees it that has them as its data.

#ifndef CONFORMANCE_TESTING_SOURCES_H_
#define CONFORMANCE_TESTING_SOURCES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance {

// The names, without their ending, of the .cc files in a folder of this
// repository, each as often as one of its lines begins with `text`; in
// alphabetical order. So a file that BUILD.bazel leaves out is found out.
std::vector<std::string> SourcesWith(absl::string_view folder,
                                     absl::string_view text);

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_SOURCES_H_
