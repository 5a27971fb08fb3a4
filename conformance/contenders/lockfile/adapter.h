// The reference, lockfile::LockFile, as an implementation under test. The suite
// sees it as one more contender; this folder is the only place where it
// includes lockfile/.

#ifndef CONFORMANCE_CONTENDERS_LOCKFILE_ADAPTER_H_
#define CONFORMANCE_CONTENDERS_LOCKFILE_ADAPTER_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "conformance/implementation.h"

namespace conformance {

// `owner_record` as in lockfile::LockFileOptions; with one that is not empty it
// claims owner-pid.
std::unique_ptr<Implementation> MakeLockFileAdapter(
    absl::string_view owner_record = "");

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDERS_LOCKFILE_ADAPTER_H_
