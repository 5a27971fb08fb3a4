// Making, looking, taking over, removing.

#include "conformance/sound/existence.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"

namespace conformance::sound {
namespace {

// Gives the flock of a folder back, by name and not by closing: a process that
// was forked just now may have a copy.
class Unguard {
 public:
  explicit Unguard(int fd) : fd_(fd) {}
  Unguard(const Unguard&) = delete;
  Unguard& operator=(const Unguard&) = delete;
  ~Unguard() {
    if (fd_ >= 0) Flock(fd_, LOCK_UN);
  }

 private:
  const int fd_;
};

}  // namespace

struct Existence::Ours {
  std::shared_ptr<Place> place;
  Descriptor guard;  // not ok(): it needs none
  Made made;
};

Attempt Existence::Acquire(const std::string& path, absl::Duration wait) {
  // Once, and not in each attempt: the current folder may change meanwhile.
  const auto place = std::make_shared<Place>(Locate(path));
  if (place->error != 0) {
    return Attempt::Error(Message("open folder", place->error));
  }
  return Poll(wait, &FiveMilliseconds, [&] { return Once(place); });
}

Attempt Existence::Once(const std::shared_ptr<Place>& place) {
  if (takeover_ == Takeover::kNever) {
    Made made = Make(*place);
    if (made.error == EEXIST) return Attempt::Busy();
    if (made.error != 0) return Attempt::Error(Message("make", made.error));
    return Hold(place, Descriptor(), std::move(made));
  }
  // One that is refused by a living owner has only read.
  const Sight sight = Look(*place);
  if (sight.kind == Sight::Kind::kHeld) return Attempt::Busy();
  if (sight.kind == Sight::Kind::kError) {
    return Attempt::Error(Message("look", sight.error));
  }
  // Opened anew, and within an attempt: no forked child has a copy.
  Descriptor guard = OpenAt(place->folder.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!guard.ok()) return Attempt::Error(Message("open folder", errno));
  if (const int error = Flock(guard.get(), LOCK_EX)) {
    return Attempt::Error(Message("flock of the folder", error));
  }
  return MakeUnderGuard(place, std::move(guard));
}

Attempt Existence::MakeUnderGuard(const std::shared_ptr<Place>& place,
                                  Descriptor guard) {
  const int fd = guard.get();
  // The attempt owns the descriptor in the end, or nobody does.
  Attempt attempt = Attempt::Busy();
  // More than twice only if somebody else makes and removes things here.
  for (int i = 0; i < 8; ++i) {
    Made made = Make(*place);
    if (made.error == 0) {
      attempt = Hold(place, std::move(guard), std::move(made));
      break;
    }
    if (made.error != EEXIST) {
      attempt = Attempt::Error(Message("make", made.error));
      break;
    }
    const Sight sight = Look(*place);
    if (sight.kind == Sight::Kind::kHeld) break;
    int error = sight.error;
    const bool stale = sight.kind == Sight::Kind::kStale;
    if (stale) error = Remove(*place);
    if (error != 0) {
      attempt = Attempt::Error(Message("take over", error));
      break;
    }
    if (stale && takeover_ == Takeover::kOwnerInTwoLooks) break;
  }
  Flock(fd, LOCK_UN);
  return attempt;
}

Attempt Existence::Hold(const std::shared_ptr<Place>& place, Descriptor guard,
                        Made made) {
  const auto ours = std::make_shared<Ours>();
  ours->place = place;
  ours->guard = std::move(guard);
  ours->made = std::move(made);
  Begin(ours->made);
  return Attempt::Acquired(
      std::make_unique<Held>([this, ours] { return GiveBack(*ours); }));
}

GivenBack Existence::GiveBack(const Ours& ours) {
  if (ours.guard.ok()) {
    if (const int error = Flock(ours.guard.get(), LOCK_EX)) {
      return {Message("flock of the folder", error), false};
    }
  }
  const Unguard unguard(ours.guard.get());
  int error = IsMine(*ours.place, ours.made);
  if (error == ESTALE) {
    End(ours.made);
    return {NotMine(), true};
  }
  if (error == 0) error = Remove(*ours.place);
  if (error != 0) return {Message("remove", error), false};
  End(ours.made);
  return {"", true};
}

Existence::Sight Existence::Look(const Place& /*place*/) {
  return {Sight::Kind::kHeld};
}

int Existence::IsMine(const Place& place, const Made& made) {
  return CompareAt(place.folder.get(), place.name, made.pin.get());
}

int Existence::Remove(const Place& place) {
  return RemoveAt(place.folder.get(), place.name);
}

Existence::Made RecordFile::Make(const Place& place) {
  Made made;
  const Record record = MyRecord(format_);
  made.error = record.error;
  if (made.error != 0) return made;
  made.pin = OpenAt(place.folder.get(), place.name,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
  if (!made.pin.ok()) {
    made.error = errno;
    return made;
  }
  made.error = WriteWhole(made.pin.get(), record.text);
  // If this fails as well, what is left is cut, and so is nobody's.
  if (made.error != 0) RemoveAt(place.folder.get(), place.name);
  return made;
}

Existence::Sight RecordFile::Look(const Place& place) {
  const Descriptor fd = OpenAt(place.folder.get(), place.name,
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!fd.ok() && errno == ENOENT) return {Sight::Kind::kGone};
  if (!fd.ok()) return {Sight::Kind::kError, errno};
  struct stat st = {};
  if (::fstat(fd.get(), &st) != 0) return {Sight::Kind::kError, errno};
  if (!S_ISREG(st.st_mode)) return {Sight::Kind::kError, EINVAL};
  const Text got = ReadStart(fd.get());
  if (got.error != 0) return {Sight::Kind::kError, got.error};
  return Judge(OwnerOf(got.text, format_), st);
}

Existence::Sight RecordFile::Judge(const Owner& owner,
                                   const struct stat& /*st*/) {
  switch (owner.kind) {
    case Owner::Kind::kAlive:
    case Owner::Kind::kForeign:
      return {Sight::Kind::kHeld};
    case Owner::Kind::kDead:
    case Owner::Kind::kCut:
      return {Sight::Kind::kStale};
    case Owner::Kind::kUnknown:
      break;
  }
  return {Sight::Kind::kError, owner.error};
}

}  // namespace conformance::sound
