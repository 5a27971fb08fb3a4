// The steps by which a forked child becomes what it was forked for: its
// descriptors, its signals, its rights, and the program.
//
//   TakeEnds(ends);
//   ResetSignals();
//   ...                        what else it is to be born with
//   error = RunProgram(command, main);
//   FailToStart(command[0], error);
//
// A child that fails says why through a pipe, which closes when the program
// begins: until then its parent reads. Nothing here may be called in a process
// that is still to do something else.

#ifndef CONFORMANCE_PROCESS_FORKED_CHILD_H_
#define CONFORMANCE_PROCESS_FORKED_CHILD_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance {

// The descriptors that the child has from its parent, none of them below 3.
struct ChildEnds {
  int in = -1, out = -1, err = -1;  // its standard ones
  int report = -1;                  // what it says if it can't be started
};

// Closes every descriptor of this process from `first` on: close-on-exec does
// not act at a fork.
void CloseDescriptorsFrom(int first);

// Gives the ends their numbers, and closes all other descriptors: they are the
// parent's, and would keep pipes open that are none of the child's business.
// Ends the child where there is no descriptor to report by.
void TakeEnds(const ChildEnds& ends);

// Reports the step that failed, and the errno in words: "chdir: No such file or
// directory". Ends the child. After TakeEnds.
[[noreturn]] void FailToStart(absl::string_view step, int error);

// Has every signal do what it does by default, and blocks none.
void ResetSignals();

// Gives up root's right to override file permissions, for this process and what
// it executes (capabilities(7): CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
// CAP_FOWNER). False, with errno, when that can't be.
bool ObeyPermissions();

// Becomes the command, a program that is searched for in PATH and its
// arguments; where that is empty, runs `main` and exits with the status that it
// gives, without the exit handlers, which are the parent's. Returns only when
// the command can't be executed; gives errno then.
int RunProgram(const std::vector<std::string>& command,
               const std::function<int()>& main);

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_FORKED_CHILD_H_
