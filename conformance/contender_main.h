// The contender's side of the protocol, for implementations in C++.
//
//   int main() {
//     MyAdapter adapter;                        // see implementation.h
//     return conformance::ContenderMain(adapter);
//   }

#ifndef CONFORMANCE_CONTENDER_MAIN_H_
#define CONFORMANCE_CONTENDER_MAIN_H_

#include "absl/strings/string_view.h"
#include "conformance/implementation.h"

namespace conformance {

// Serves the protocol on standard input and output until end of input, and
// returns the exit status for main. Locks that are still held then are neither
// released nor destroyed by hand: the process's end must free them.
//
// Where Describe() claims `fork`, forked children close standard input and
// output before they do what they were asked.
int ContenderMain(Implementation& implementation);

// Tells the runner that the implementation logged a record. To be called by
// the adapter from within Acquire or Release, from any thread; elsewhere it is
// dropped. Async-signal-unsafe.
void EmitLog(absl::string_view severity, absl::string_view message);

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDER_MAIN_H_
