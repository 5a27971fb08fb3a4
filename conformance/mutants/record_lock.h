// A lock by fcntl(2), for the mutants that are built on it.

#ifndef CONFORMANCE_MUTANTS_RECORD_LOCK_H_
#define CONFORMANCE_MUTANTS_RECORD_LOCK_H_

#include "absl/time/time.h"
#include "conformance/mutants/plain_lock.h"
#include "conformance/protocol.h"

namespace conformance {

class RecordLock : public PlainLock {
 public:
  Introduction Describe() const override;
  int Lock(int fd) override;
  int LockUntil(int fd, absl::Duration deadline) override;
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_RECORD_LOCK_H_
