// The locks that are measured against each other, behind one interface.

#ifndef TOOLS_BENCH_LOCKS_H_
#define TOOLS_BENCH_LOCKS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace bench {

class BenchLock {
 public:
  BenchLock() = default;
  BenchLock(const BenchLock&) = delete;
  BenchLock& operator=(const BenchLock&) = delete;
  virtual ~BenchLock() = default;

  // False when it was refused. Ends the program on any other failure: a
  // benchmark that goes on then measures nothing.
  virtual bool Acquire(const std::string& path, absl::Duration wait) = 0;
  virtual void Release() = 0;
};

// open(2), flock(2), close(2), and nothing else. Waits for ever, or not at all.
std::unique_ptr<BenchLock> BareFlock();
// The system calls of lockfile::LockFile in their order, without the rest of
// it; the file is there already.
std::unique_ptr<BenchLock> BareSameCalls();
// The same with an owner record, which is in the file already.
std::unique_ptr<BenchLock> BareSameCallsWithRecord();
// The same as BareFlock; to wait it tries again every `interval`.
std::unique_ptr<BenchLock> Polling(absl::Duration interval);
// lockfile::LockFile. With `owner_record` as in its options.
std::unique_ptr<BenchLock> Reference(const std::string& owner_record = "");

}  // namespace bench

#endif  // TOOLS_BENCH_LOCKS_H_
