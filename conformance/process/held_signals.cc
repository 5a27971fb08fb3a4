// Handlers that note a signal, and the ones that were there before.

#include "conformance/process/held_signals.h"

#include <signal.h>

#include "conformance/process/guarded_process.h"

namespace conformance {

volatile sig_atomic_t HeldSignals::come_ = 0;

HeldSignals::HeldSignals() {
  come_ = 0;
  blocked_ = EndingSignals();
  for (const int s : {SIGINT, SIGHUP, SIGQUIT, SIGTERM}) {
    struct sigaction action = {};
    ::sigaction(s, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    dispositions_.emplace_back(s, action);
    action = {};
    action.sa_handler = [](int signal) { come_ = signal; };
    ::sigaction(s, &action, nullptr);
  }
  ::sigprocmask(SIG_BLOCK, &blocked_, &before_);
}

bool HeldSignals::Come() const {
  sigset_t pending;
  ::sigpending(&pending);
  for (const auto& [signal, action] : dispositions_) {
    if (::sigismember(&pending, signal) == 1 &&
        ::sigismember(&before_, signal) == 0) {
      ::sigsuspend(&before_);
    }
  }
  return come_ != 0;
}

void HeldSignals::Heed() {
  const int signal = come_;
  PutBack();
  ::raise(signal);
  come_ = 0;
}

void HeldSignals::PutBack() {
  for (const auto& [signal, action] : dispositions_) {
    ::sigaction(signal, &action, nullptr);
  }
  dispositions_.clear();
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace conformance
