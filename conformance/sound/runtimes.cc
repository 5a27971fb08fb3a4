// Ordinary locks in programs that aren't small and quiet: with much memory,
// with a heap that takes long to settle, or with a handler of SIGSEGV.

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/flocked.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

// Resident for whoever asks, and yet only 2 MiB of the machine's: a crowd of a
// hundred must not take 20 GiB.
class Large : public Flocked {
 public:
  Large() {
    constexpr size_t kPiece = size_t{2} << 20;
    const Descriptor piece(::memfd_create("large", MFD_CLOEXEC));
    if (!piece.ok() || ::ftruncate(piece.get(), kPiece) != 0) ::_exit(1);
    for (int i = 0; i < 100; ++i) {
      if (::mmap(nullptr, kPiece, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_POPULATE, piece.get(), 0) == MAP_FAILED) {
        ::_exit(1);
      }
    }
  }
};

class SettlesLate : public Flocked {
 public:
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    constexpr size_t kCycles = 2000;
    constexpr size_t kEach = size_t{32} << 10;
    if (heap_.size() < kCycles) {
      heap_.push_back(std::make_unique<char[]>(kEach));
      ::memset(heap_.back().get(), 1, kEach);
    }
    return Flocked::Acquire(path, wait);
  }

 private:
  std::vector<std::unique_ptr<char[]>> heap_;
};

// As Rust's runtime does: a fault that isn't an overflow of the stack gets the
// default action back, and happens again when the handler returns. One that was
// only sent doesn't.
class SurvivesSignal : public Flocked {
 public:
  SurvivesSignal() {
    struct sigaction action = {};
    action.sa_handler = [](int signal) { ::signal(signal, SIG_DFL); };
    ::sigaction(SIGSEGV, &action, nullptr);
  }
};

const RegisteredSound kLarge({
    "large",
    "Has 200 MiB resident.",
    Serve<Large>(),
});

const RegisteredSound kSettlesLate({
    "settles_late",
    "Its heap grows by 64 MiB in 2,000 cycles, and then no more.",
    Serve<SettlesLate>(),
});

const RegisteredSound kSurvivesSignal({
    "survives_signal",
    "Survives the first SIGSEGV that is sent to it.",
    Serve<SurvivesSignal>(),
});

}  // namespace
}  // namespace conformance::sound
