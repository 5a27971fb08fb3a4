// A lock by fcntl(2), for the mutants that are built on it.

#ifndef CONFORMANCE_MUTANTS_RECORD_LOCK_H_
#define CONFORMANCE_MUTANTS_RECORD_LOCK_H_

#include "conformance/mutants/plain_lock.h"

namespace conformance {

class RecordLock : public PlainLock {
 public:
  int Lock(int fd) override;
};

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_RECORD_LOCK_H_
