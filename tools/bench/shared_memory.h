// Memory that forked children share, and the children that measure in it.

#ifndef TOOLS_BENCH_SHARED_MEMORY_H_
#define TOOLS_BENCH_SHARED_MEMORY_H_

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <new>

#include "absl/time/time.h"

namespace bench {

// An array of T, zero at first, that children forked later share with us.
template <typename T>
class SharedArray {
 public:
  explicit SharedArray(size_t size) : bytes_(size * sizeof(T)) {
    void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      ::perror("mmap");
      ::exit(1);
    }
    items_ = static_cast<T*>(memory);
    for (size_t i = 0; i < size; ++i) new (&items_[i]) T();
  }
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;
  ~SharedArray() { ::munmap(items_, bytes_); }

  T& operator[](size_t i) { return items_[i]; }

 private:
  const size_t bytes_;
  T* items_;
};

// Runs `body` in a child that dies with us. Its pid.
template <typename Body>
pid_t Spawn(const Body& body) {
  ::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) {
    ::perror("fork");
    ::exit(1);
  }
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    ::_exit(0);
  }
  return pid;
}

// Waits for a child; the processor time that it and its children used.
inline absl::Duration Join(pid_t pid) {
  rusage used = {};
  int status = 0;
  if (::wait4(pid, &status, 0, &used) != pid || !WIFEXITED(status) ||
      WEXITSTATUS(status) != 0) {
    ::fprintf(stderr, "lockbench: a measuring process failed\n");
    ::exit(1);
  }
  return absl::DurationFromTimeval(used.ru_utime) +
         absl::DurationFromTimeval(used.ru_stime);
}

}  // namespace bench

#endif  // TOOLS_BENCH_SHARED_MEMORY_H_
