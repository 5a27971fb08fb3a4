// Small contenders in languages whose runtimes are not the kernel's idea of a
// process: with threads of their own that come and go, collect garbage and wait
// for each other.

#ifndef CONFORMANCE_EXPLORER_LANGUAGES_LANGUAGE_H_
#define CONFORMANCE_EXPLORER_LANGUAGES_LANGUAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"

namespace conformance::explorer {

struct Language {
  std::string name;   // as in //tools:peers.bzl
  std::string title;  // for people: what the contender locks by
};

// "go", "node" and "java".
const std::vector<Language>& Languages();

// The contender in this language, compiled into `folder` where that is needed.
// NotFound for another language; Unavailable with what the compiler or
// interpreter said, when it isn't there or fails.
absl::StatusOr<ContenderSource> ContenderIn(absl::string_view language,
                                            const std::string& folder);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_LANGUAGES_LANGUAGE_H_
