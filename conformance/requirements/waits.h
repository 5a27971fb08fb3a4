// The steps of which checks of waits are made.

#ifndef CONFORMANCE_REQUIREMENTS_WAITS_H_
#define CONFORMANCE_REQUIREMENTS_WAITS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/trial.h"

namespace conformance {

void StartWaiting(Trial& t, int who, absl::Duration wait,
                  absl::string_view path = "lock");

// The waiter has been asked; now it is given time to get into its wait. There
// is no event for that: it is asleep, by the kernel's word, twice in a row.
void AwaitAsleep(Trial& t, int who);

void MustGet(Trial& t, int who, absl::string_view when);

// None of the waiters has answered until then.
void MustWaitUntil(Trial& t, const std::vector<int>& waiters,
                   absl::Duration time, absl::string_view why);

}  // namespace conformance

#endif  // CONFORMANCE_REQUIREMENTS_WAITS_H_
