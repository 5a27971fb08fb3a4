// The interface that a C++ implementer fills in to become a contender: how to
// take the lock and how to give it back. Everything else (the protocol,
// handles, forks, threads) is in contender_main.h. See
// docs/writing_a_contender.md.
//
//   struct MyHeld : conformance::HeldLock {
//     explicit MyHeld(my::Lock lock) : lock(std::move(lock)) {}
//     std::string Release() override { lock.unlock(); return ""; }
//     my::Lock lock;
//   };
//
//   class MyAdapter : public conformance::Implementation {
//    public:
//     conformance::Introduction Describe() const override {
//       return {"my::Lock", "1.2", 0, {"fork", "thread", "touch"}};
//     }
//     conformance::Attempt Acquire(const std::string& path,
//                                  absl::Duration wait) override {
//       my::Lock lock;
//       const int error = lock.TryLock(path);  // 0, or an errno
//       if (error == EWOULDBLOCK) return conformance::Attempt::Busy();
//       if (error != 0) {
//         return conformance::Attempt::Error(std::strerror(error));
//       }
//       return conformance::Attempt::Acquired(
//           std::make_unique<MyHeld>(std::move(lock)));
//     }
//   };

#ifndef CONFORMANCE_IMPLEMENTATION_H_
#define CONFORMANCE_IMPLEMENTATION_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/protocol.h"

namespace conformance {

// A lock that an implementation has given out. Its destructor does whatever
// the implementation's own destructor does.
class HeldLock {
 public:
  HeldLock() = default;
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  virtual ~HeldLock() = default;

  // Gives the lock back. "" or an error message. It is called again when the
  // requirement is that a second release does no harm.
  virtual std::string Release() = 0;
};

// The outcome of one attempt to acquire.
struct Attempt {
  // kAcquired, kBusy, kCancelled or kError.
  AnswerKind kind = AnswerKind::kError;
  std::unique_ptr<HeldLock> lock;  // kAcquired
  std::string message;             // kError

  static Attempt Acquired(std::unique_ptr<HeldLock> lock) {
    return {AnswerKind::kAcquired, std::move(lock), ""};
  }
  // Somebody else holds the lock; with a wait, it also ran out.
  static Attempt Busy() { return {AnswerKind::kBusy, nullptr, ""}; }
  // The wait was given up, since that was asked for.
  static Attempt Cancelled() { return {AnswerKind::kCancelled, nullptr, ""}; }
  // The lock could be neither taken nor refused: a missing directory, no
  // permission...
  static Attempt Error(absl::string_view message) {
    return {AnswerKind::kError, nullptr, std::string(message)};
  }
};

class Implementation {
 public:
  Implementation() = default;
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  virtual ~Implementation() = default;

  // Name, version and capabilities; the pid is filled in by contender_main.
  virtual Introduction Describe() const = 0;

  // `path` is a NUL-terminated name as the caller typed it, and can also hold
  // NUL bytes inside. `wait` is zero unless `wait` or `forever` is claimed.
  // Called from several threads only when `thread` is claimed.
  virtual Attempt Acquire(const std::string& path, absl::Duration wait) = 0;

  // The same, of a wait that can be cancelled; called instead where `cancel` is
  // claimed and `wait` isn't zero. `request` can be made from another thread at
  // any time, and outlives the call.
  virtual Attempt AcquireUnlessCancelled(const std::string& path,
                                         absl::Duration wait,
                                         CancelRequest& /*request*/) {
    return Acquire(path, wait);
  }
};

}  // namespace conformance

#endif  // CONFORMANCE_IMPLEMENTATION_H_
