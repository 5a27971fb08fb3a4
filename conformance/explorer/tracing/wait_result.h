// The end of a wait for a contender, which may have been in vain.

#ifndef CONFORMANCE_EXPLORER_TRACING_WAIT_RESULT_H_
#define CONFORMANCE_EXPLORER_TRACING_WAIT_RESULT_H_

#include <string>
#include <utility>

namespace conformance::explorer {

struct WaitResult {
  enum class End {
    kCame,        // that which was waited for
    kHangs,       // the contender neither answers nor comes to a visible call
    kTimeIsUp,    // TracerOptions::end has come
    kUnkillable,  // the contender was killed, and doesn't end
  };

  End end = End::kCame;
  std::string message;  // unless it came; of a contender with its letter

  bool in_vain() const { return end != End::kCame; }

  static WaitResult Hangs(std::string message) {
    return {End::kHangs, std::move(message)};
  }
  static WaitResult Unkillable(std::string message) {
    return {End::kUnkillable, std::move(message)};
  }
  static WaitResult TimeIsUp() { return {End::kTimeIsUp, "the time was up"}; }
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_WAIT_RESULT_H_
