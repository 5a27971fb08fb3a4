// The signals by which somebody ends this program, held back for a while.
//
// One object at a time, since dispositions are the process's; from a process
// with a single thread.

#ifndef CONFORMANCE_PROCESS_HELD_SIGNALS_H_
#define CONFORMANCE_PROCESS_HELD_SIGNALS_H_

#include <signal.h>

#include <utility>
#include <vector>

namespace conformance {

// While it lives, a signal that would end this process waits for Heed, unless
// it is ignored.
class HeldSignals {
 public:
  HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { PutBack(); }

  // For ppoll(2), in which they come, unless it has something else to tell.
  const sigset_t* before() const { return &before_; }
  bool Come() const;
  // Lets the one that has come do what it did before.
  void Heed();

 private:
  void PutBack();

  static volatile sig_atomic_t come_;
  sigset_t blocked_;
  sigset_t before_;
  std::vector<std::pair<int, struct sigaction>> dispositions_;
};

}  // namespace conformance

#endif  // CONFORMANCE_PROCESS_HELD_SIGNALS_H_
