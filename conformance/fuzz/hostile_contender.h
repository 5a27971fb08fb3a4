// A contender whose doings are the bytes of a fuzz target's input: each command
// takes the next byte, which says how it is answered, or not.

#ifndef CONFORMANCE_FUZZ_HOSTILE_CONTENDER_H_
#define CONFORMANCE_FUZZ_HOSTILE_CONTENDER_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "conformance/contender.h"

namespace conformance {

// Linked in. The first byte says what it claims and which pid it names, the
// second what it writes before it has read anything; those that follow answer
// `hello`, and then the other commands. When they are used up, it is a plain
// flock(2).
ContenderSource HostileContender(std::string script);

// Checks that `body` takes no longer than a minute, and that it leaves no
// process, no descriptor and no folder in `scratch` (which is made for it), and
// that no process that it had has grown beyond what is sane.
void CheckNothingIsLeft(
    const std::function<void(const std::string& scratch)>& body);

}  // namespace conformance

#endif  // CONFORMANCE_FUZZ_HOSTILE_CONTENDER_H_
