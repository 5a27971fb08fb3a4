// A session for a test that traces by itself.

#ifndef CONFORMANCE_TESTING_SESSION_H_
#define CONFORMANCE_TESTING_SESSION_H_

namespace conformance {

// Gives this process a session of its own, and with it a scheduling group
// (conformance/guarded_process.h says what happens to others without); it dies
// with the process that started it, whose signals no longer come here.
void HaveOwnSession();

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_SESSION_H_
