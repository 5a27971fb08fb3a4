// The survey: what can be seen of a lock that nobody has told us of. It comes
// before a run, so that each check knows of which family the lock is, and where
// it looks for it.
//
// It judges nothing. A property that it can't see stays unknown.

#ifndef CONFORMANCE_SURVEY_H_
#define CONFORMANCE_SURVEY_H_

#include "absl/strings/string_view.h"
#include "conformance/profile.h"
#include "conformance/trial.h"

namespace conformance {

// The body of a trial: what it finds, it notes in the history, as
// Profile::ToFields, again and again as it knows more. `claim`: as in
// ClaimedProfile.
void Survey(Trial& t, absl::string_view claim);

// The profile that the survey noted last.
Profile ProfileIn(const History& history);

}  // namespace conformance

#endif  // CONFORMANCE_SURVEY_H_
