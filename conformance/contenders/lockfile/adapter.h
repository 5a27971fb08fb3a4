// The reference, lockfile::LockFile, as an implementation under test. The suite
// sees it as one more contender; this folder is the only place where it
// includes lockfile/.

#ifndef CONFORMANCE_CONTENDERS_LOCKFILE_ADAPTER_H_
#define CONFORMANCE_CONTENDERS_LOCKFILE_ADAPTER_H_

#include <memory>
#include <string>

#include "conformance/implementation.h"

namespace conformance {

struct LockFileAdapterOptions {
  // As in lockfile::LockFileOptions; with one that is not empty it claims
  // owner-pid.
  std::string owner_record = {};
  // Whether it claims `cancel`. Its waits are made in another way then.
  bool cancel = false;
};

std::unique_ptr<Implementation> MakeLockFileAdapter(
    LockFileAdapterOptions options = {});

}  // namespace conformance

#endif  // CONFORMANCE_CONTENDERS_LOCKFILE_ADAPTER_H_
