// A helper process holds the locks of its program, and ends with it: its socket
// ends, and it is killed besides (prctl(2), PR_SET_PDEATHSIG).
//
// That takes it a moment after its program's death. A program that is refused
// by a helper whose program is dead waits for this moment.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/process/forked_child.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

// Answers and requests are a letter and what belongs to it.
constexpr char kHeld = 'h';  // its number
constexpr char kBusy = 'b';
constexpr char kError = 'e';    // what is wrong
constexpr char kAcquire = 'a';  // the program's record, NUL, an absolute path
constexpr char kRelease = 'r';  // its number

std::string Receive(int socket) {
  char message[8192];
  for (;;) {
    const ssize_t n = ::recv(socket, message, sizeof(message), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return "";
    return std::string(message, static_cast<size_t>(n));
  }
}

bool Send(int socket, const std::string& message) {
  for (;;) {
    if (::send(socket, message.data(), message.size(), MSG_NOSIGNAL) >= 0) {
      return true;
    }
    if (errno != EINTR) return false;
  }
}

// The helper's own work. It has one thread.
class Helper {
 public:
  explicit Helper(int socket) : socket_(socket) {}

  void Serve() {
    for (;;) {
      const std::string request = Receive(socket_);
      if (request.empty()) return;
      absl::string_view rest = request;
      rest.remove_prefix(1);
      if (!Send(socket_,
                request[0] == kAcquire ? Acquire(rest) : Release(rest)))
        return;
    }
  }

 private:
  static std::string Failed(absl::string_view call, int error) {
    return absl::StrCat(std::string(1, kError), Message(call, error));
  }

  std::string Acquire(absl::string_view request) {
    const size_t end = request.find('\0');
    const std::string record(request.substr(0, end));
    const Place place = Locate(std::string(request.substr(end + 1)));
    if (place.error != 0) return Failed("open folder", place.error);
    for (;;) {
      Descriptor fd =
          OpenAt(place.folder.get(), place.name,
                 O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
      if (!fd.ok()) return Failed("open", errno);
      struct stat st = {};
      if (::fstat(fd.get(), &st) != 0) return Failed("fstat", errno);
      if (!S_ISREG(st.st_mode)) return Failed("open", EINVAL);
      const int error = Lock(fd.get());
      if (error == EWOULDBLOCK) return std::string(1, kBusy);
      if (error != 0) return Failed("flock", error);
      const int compared = CompareAt(place.folder.get(), place.name, fd.get());
      if (compared == ESTALE) continue;
      if (compared != 0) return Failed("stat", compared);
      if (::ftruncate(fd.get(), 0) != 0) return Failed("ftruncate", errno);
      if (const int written = WriteWhole(fd.get(), record)) {
        return Failed("write", written);
      }
      held_[++number_] = std::move(fd);
      return absl::StrCat(std::string(1, kHeld), number_);
    }
  }

  // EWOULDBLOCK only as long as the holder's program lives, or for long.
  static int Lock(int fd) {
    constexpr int kMilliseconds = 2000;
    for (int i = 0;; ++i) {
      const int error = Flock(fd, LOCK_EX | LOCK_NB);
      if (error != EWOULDBLOCK || i == kMilliseconds) return error;
      const Text record = ReadStart(fd);
      if (record.error != 0) return record.error;
      switch (OwnerOf(record.text, Format::kPlain).kind) {
        case Owner::Kind::kAlive:
        case Owner::Kind::kForeign:
        case Owner::Kind::kUnknown:
          return error;
        case Owner::Kind::kCut:  // it is about to be written, or removed
        case Owner::Kind::kDead:
          absl::SleepFor(absl::Milliseconds(1));
      }
    }
  }

  std::string Release(absl::string_view request) {
    int number = 0;
    const auto it =
        absl::SimpleAtoi(request, &number) ? held_.find(number) : held_.end();
    if (it == held_.end()) return Failed("release", EINVAL);
    // Should the record stay, it harms nobody.
    [[maybe_unused]] const int emptied = ::ftruncate(it->second.get(), 0);
    held_.erase(it);  // nobody else has a copy
    return std::string(1, kHeld);
  }

  const int socket_;
  int number_ = 0;
  std::map<int, Descriptor> held_;
};

class WithHelper : public Implementation {
 public:
  WithHelper() {
    // A child has a helper of its own when it needs one.
    InForkedChild([this] { socket_.Close(); });
    Start();
  }

  Introduction Describe() const override {
    return WithOwnerPid(Introduce("helper process", "kernel-lock", "@"));
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    if (!socket_.ok() && !Start()) {
      return Attempt::Error(Message("start a helper", errno));
    }
    const Place place = Locate(path);
    if (place.error != 0) {
      return Attempt::Error(Message("open folder", place.error));
    }
    // The helper may be in another folder.
    const Text folder = ReadLinkAt(
        AT_FDCWD, absl::StrCat("/proc/self/fd/", place.folder.get()));
    const Record record = MyRecord(Format::kPlain);
    if (folder.error != 0 || record.error != 0) {
      return Attempt::Error("what /proc says of this process is needed");
    }
    const std::string request =
        absl::StrCat(std::string(1, kAcquire), record.text,
                     absl::string_view("\0", 1), folder.text, "/", place.name);
    return Poll(wait, &FiveMilliseconds, [&] { return Once(request); });
  }

 private:
  Attempt Once(const std::string& request) {
    const std::string answer = Ask(request);
    if (answer.empty()) return Attempt::Error("the helper has died");
    if (answer[0] == kBusy) return Attempt::Busy();
    if (answer[0] == kError) return Attempt::Error(answer.substr(1));
    return Attempt::Acquired(
        std::make_unique<Held>([this, number = answer.substr(1)] {
          const std::string said =
              Ask(absl::StrCat(std::string(1, kRelease), number));
          return said.empty() || said[0] != kError
                     ? GivenBack{}
                     : GivenBack{said.substr(1), false};
        }));
  }

  std::string Ask(const std::string& request) {
    return Send(socket_.get(), request) ? Receive(socket_.get()) : "";
  }

  bool Start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
      return false;
    }
    const pid_t program = ::getpid();
    const pid_t helper = ::fork();
    if (helper == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      // Others may wait for the end of what it keeps open of its program's.
      const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
      ::dup2(null, STDIN_FILENO);
      ::dup2(null, STDOUT_FILENO);
      constexpr int kSocket = STDERR_FILENO + 1;
      ::dup2(ends[1], kSocket);
      CloseDescriptorsFrom(kSocket + 1);
      if (::getppid() == program) Helper(kSocket).Serve();
      ::_exit(0);
    }
    ::close(ends[1]);
    socket_ = Descriptor(ends[0]);
    if (helper < 0) socket_.Close();
    return helper > 0;
  }

  Descriptor socket_;
};

const RegisteredSound kHelper({
    "helper",
    "A helper process holds the lock, and ends with its program.",
    Serve<WithHelper>(),
});

}  // namespace
}  // namespace conformance::sound
