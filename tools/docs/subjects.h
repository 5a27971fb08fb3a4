// The contenders whose exploration is measured.

#ifndef TOOLS_DOCS_SUBJECTS_H_
#define TOOLS_DOCS_SUBJECTS_H_

#include <string>
#include <vector>

#include "conformance/contender.h"

namespace conformance::docs {

struct Subject {
  std::string name;
  ContenderSource source;
};

// open, flock and close, and nothing else.
ContenderSource BareFlockSource();

// All of them, as far as this machine has them. Those in other languages are
// compiled into `folder`.
std::vector<Subject> Subjects(const std::string& folder);

}  // namespace conformance::docs

#endif  // TOOLS_DOCS_SUBJECTS_H_
