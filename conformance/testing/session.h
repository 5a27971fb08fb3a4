// A session for a test that traces by itself.

#ifndef CONFORMANCE_TESTING_SESSION_H_
#define CONFORMANCE_TESTING_SESSION_H_

namespace conformance {

// RUN_ALL_TESTS in a process that has a session of its own, and with it a
// scheduling group (conformance/process/guarded_process.h says what happens to
// others without). Ends as that process does; should this one be killed, so is
// that.
int RunAllTestsInOwnSession();

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_SESSION_H_
