// A queue: each that asks has a numbered ticket, a file that it locks by
// flock(2), in the folder PATH.queue. The first of those that live holds. So no
// file is the lock of a path.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

struct Ticket {
  Descriptor queue;  // the folder
  uint64_t number = 0;
  Descriptor fd;
};

// In alphabetical order they are in order.
std::string NameOf(uint64_t number) {
  return absl::StrCat(absl::Dec(number, absl::kZeroPad20));
}

// The numbers of all tickets, in order. 0 or an errno.
int NumbersIn(int queue, std::vector<uint64_t>& numbers) {
  const int fd = ::openat(queue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  DIR* const entries = ::fdopendir(fd);
  if (entries == nullptr) {
    const int error = errno;
    ::close(fd);
    return error;
  }
  errno = 0;
  while (const dirent* entry = ::readdir(entries)) {
    uint64_t number = 0;
    if (absl::SimpleAtoi(entry->d_name, &number)) numbers.push_back(number);
  }
  const int error = errno;
  ::closedir(entries);
  std::sort(numbers.begin(), numbers.end());
  return error;
}

class Queue : public Implementation {
 public:
  Introduction Describe() const override { return Introduce("queue", "", ""); }

  // The last look and the leaving of the queue are one step: nobody is refused
  // for the sake of one that will be refused, too.
  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    const auto ticket = std::make_shared<Ticket>();
    if (const int error = OpenQueue(path, ticket->queue)) {
      return Attempt::Error(Message("open queue", error));
    }
    const absl::Duration deadline = MonotonicNow() + wait;
    for (int tries = 1;; ++tries) {
      const absl::Duration left = deadline - MonotonicNow();
      const bool last = left <= absl::ZeroDuration();
      Attempt attempt = Alone([&] { return Look(ticket, last); });
      if (attempt.kind != AnswerKind::kBusy || last) return attempt;
      absl::SleepFor(std::min(FiveMilliseconds(tries), left));
    }
  }

 private:
  static int OpenQueue(const std::string& path, Descriptor& queue) {
    const Place place = Locate(path);
    if (place.error != 0) return place.error;
    struct stat st = {};
    if (::fstatat(place.folder.get(), place.name.c_str(), &st,
                  AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) return errno;
    } else if (!S_ISREG(st.st_mode)) {
      return EINVAL;
    }
    const std::string name = absl::StrCat(place.name, ".queue");
    if (::mkdirat(place.folder.get(), name.c_str(), 0777) != 0 &&
        errno != EEXIST) {
      return errno;
    }
    queue =
        OpenAt(place.folder.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return queue.ok() ? 0 : errno;
  }

  static Attempt Look(const std::shared_ptr<Ticket>& ticket, bool last) {
    // Of an open file of its own, and so till the end of this look.
    const Descriptor guard =
        OpenAt(ticket->queue.get(), ".", O_RDONLY | O_DIRECTORY);
    int error = guard.ok() ? Flock(guard.get(), LOCK_EX) : errno;
    if (error == 0 && !ticket->fd.ok()) error = Draw(*ticket);
    bool first = false;
    if (error == 0) error = LookAtOthers(*ticket, first);
    if (error == 0 && first) {
      return Attempt::Acquired(std::make_unique<Held>(
          [ticket] { return GivenBack{Message("release", Leave(*ticket))}; }));
    }
    if (error != 0 || last) Leave(*ticket);
    return error == 0 ? Attempt::Busy()
                      : Attempt::Error(Message("queue", error));
  }

  static int Draw(Ticket& ticket) {
    std::vector<uint64_t> numbers;
    if (const int error = NumbersIn(ticket.queue.get(), numbers)) return error;
    ticket.number = numbers.empty() ? 1 : numbers.back() + 1;
    ticket.fd = OpenAt(ticket.queue.get(), NameOf(ticket.number),
                       O_RDWR | O_CREAT | O_EXCL, 0666);
    if (!ticket.fd.ok()) return errno;
    return Flock(ticket.fd.get(), LOCK_EX | LOCK_NB);
  }

  // Those of the dead go.
  static int LookAtOthers(const Ticket& ticket, bool& first) {
    std::vector<uint64_t> numbers;
    if (const int error = NumbersIn(ticket.queue.get(), numbers)) return error;
    for (const uint64_t number : numbers) {
      first = number == ticket.number;
      if (first) return 0;
      const Descriptor fd = OpenAt(ticket.queue.get(), NameOf(number),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if (!fd.ok() && errno == ENOENT) continue;
      int error = fd.ok() ? Flock(fd.get(), LOCK_EX | LOCK_NB) : errno;
      if (error == EWOULDBLOCK) return 0;
      if (error == 0) error = RemoveAt(ticket.queue.get(), NameOf(number));
      if (error != 0) return error;
    }
    return ESTALE;
  }

  static int Leave(Ticket& ticket) {
    if (!ticket.fd.ok()) return 0;
    const int error = RemoveAt(ticket.queue.get(), NameOf(ticket.number));
    ticket.fd.Close();
    return error;
  }
};

const RegisteredSound kQueue({
    "queue",
    "Locks a numbered ticket in the folder PATH.queue; the first of them "
    "holds.",
    Serve<Queue>(),
});

}  // namespace
}  // namespace conformance::sound
