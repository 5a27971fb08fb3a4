// Calls with nothing but what they need.

#include "conformance/explorer/tracing/made_calls.h"

#include <cstdint>
#include <string>

#include "absl/log/absl_check.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

Call Make(absl::string_view name) {
  Call call;
  for (const CallType& type : CallTypes()) {
    if (type.name == name) call.type = &type;
  }
  ABSL_CHECK(call.type != nullptr) << name;
  return call;
}

Call OnName(absl::string_view call, absl::string_view name,
            absl::string_view name2) {
  Call made = Make(call);
  made.name = made.path = std::string(name);
  made.name2 = made.path2 = std::string(name2);
  return made;
}

Call Open(absl::string_view name, uint64_t flags) {
  Call call = OnName("openat", name);
  call.flags = flags;
  return call;
}

Call OnFd(absl::string_view name, int fd) {
  Call call = Make(name);
  call.fd = fd;
  call.args[0] = static_cast<uint64_t>(fd);
  return call;
}

Call Flock(int fd, int operation) {
  Call call = OnFd("flock", fd);
  call.command = operation;
  return call;
}

Call Fcntl(int fd, int command, int lock_type) {
  Call call = OnFd("fcntl", fd);
  call.command = command;
  call.lock_type = lock_type;
  return call;
}

Call Dup(absl::string_view name, int from, int to) {
  Call call = OnFd(name, from);
  call.fd2 = to;
  call.args[1] = static_cast<uint64_t>(to);
  return call;
}

}  // namespace conformance::explorer
