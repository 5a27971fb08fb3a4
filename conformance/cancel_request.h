// The request that a wait for a lock be given up, as an implementation under
// test sees it: a flag to look at, and a call to be woken by.
//
//   conformance::Attempt AcquireUnlessCancelled(
//       const std::string& path, absl::Duration wait,
//       conformance::CancelRequest& request) override {
//     my::Cancellation cancellation;
//     const conformance::CancelRequest::Waker waker(
//         request, [&] { cancellation.Cancel(); });
//     ...
//   }
//
// Thread-safe.

#ifndef CONFORMANCE_CANCEL_REQUEST_H_
#define CONFORMANCE_CANCEL_REQUEST_H_

#include <atomic>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace conformance {

class CancelRequest {
 public:
  CancelRequest() = default;
  CancelRequest(const CancelRequest&) = delete;
  CancelRequest& operator=(const CancelRequest&) = delete;

  bool IsMade() const { return made_.load(); }

  // Nothing undoes it; harmless when repeated.
  void Make() {
    absl::MutexLock lock(&mutex_);
    if (!made_.exchange(true) && wake_) wake_();
  }

  // While it lives, `wake` is called when the request is made, once, in the
  // thread that makes it; or at once, if it has been made. There is one at a
  // time. No call is under way any more when the destructor returns.
  class Waker {
   public:
    Waker(CancelRequest& request, std::function<void()> wake)
        : request_(request) {
      absl::MutexLock lock(&request_.mutex_);
      if (request_.IsMade()) wake();
      request_.wake_ = std::move(wake);
    }
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    ~Waker() {
      absl::MutexLock lock(&request_.mutex_);
      request_.wake_ = nullptr;
    }

   private:
    CancelRequest& request_;
  };

 private:
  std::atomic<bool> made_{false};
  absl::Mutex mutex_;
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace conformance

#endif  // CONFORMANCE_CANCEL_REQUEST_H_
