// Reading by read(2), and by poll(2) where something else can end it.

#include "conformance/command_input.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace conformance {

std::optional<std::string> CommandInput::Next() {
  for (;;) {
    if (std::optional<std::string> line = Buffered()) return line;
    if (!Read()) return std::nullopt;
  }
}

std::optional<std::string> CommandInput::Buffered() {
  const size_t end = buffer_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

bool CommandInput::Read() {
  char chunk[4096];
  for (;;) {
    const ssize_t n = ::read(STDIN_FILENO, chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    buffer_.append(chunk, static_cast<size_t>(n));
    return true;
  }
}

CommandInput::Listener::Listener(
    CommandInput& input, std::function<void(std::optional<std::string>)> take)
    : input_(input), take_(std::move(take)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (stop_ < 0) return;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  listens_ = ::pthread_create(
                 &thread_, nullptr,
                 [](void* self) -> void* {
                   static_cast<Listener*>(self)->Listen();
                   return nullptr;
                 },
                 this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CommandInput::Listener::~Listener() {
  if (listens_) {
    const uint64_t one = 1;
    while (::write(stop_, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    ::pthread_join(thread_, nullptr);
  }
  if (stop_ >= 0) ::close(stop_);
}

void CommandInput::Listener::Listen() {
  for (;;) {
    while (std::optional<std::string> line = input_.Buffered()) {
      take_(*std::move(line));
    }
    pollfd fds[2] = {{STDIN_FILENO, POLLIN, 0}, {stop_, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0) return;
    if (fds[0].revents != 0 && !input_.Read()) {
      take_(std::nullopt);
      return;
    }
  }
}

}  // namespace conformance
