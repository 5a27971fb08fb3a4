// The functions that the examples of the documentation call: those of a program
// that uses a lock file. snippets_test defines them.

#ifndef TOOLS_DOCS_SNIPPETS_SNIPPETS_H_
#define TOOLS_DOCS_SNIPPETS_SNIPPETS_H_

#include <thread>  // IWYU pragma: export

#include "absl/status/status.h"
#include "absl/status/statusor.h"   // IWYU pragma: export
#include "absl/time/time.h"         // IWYU pragma: export
#include "lockfile/cancellation.h"  // IWYU pragma: export
#include "lockfile/lock_file.h"     // IWYU pragma: export

absl::Status TryAgainLater();
void AppendToLedger();
void AwaitShutdown();

// The examples, each in a function of its own.
absl::Status OfReadme();
absl::Status OfLockFile();
absl::Status OfCancellation();

#endif  // TOOLS_DOCS_SNIPPETS_SNIPPETS_H_
