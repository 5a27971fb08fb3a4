// The life of a lock that is something that exists: a file, a folder, a link.
// It is held while it is there.
//
// A lock that a dead owner left is taken over so that two never take one, and a
// new one is never removed: a process that makes or removes it holds the flock
// of its folder meanwhile, and looks again once it has that. A lock that was
// half made is found only by a process that has that flock, and then its maker
// is dead.
//
// A process that is stopped with that flock stops those that find the lock free
// or left behind, until it goes on or dies; one that finds a living owner is
// refused without it.
//
// A thing that isn't ours is left alone: a regular file keeps everybody out; a
// pipe, a folder, a device or whatever else no lock can be is an error.

#ifndef CONFORMANCE_SOUND_EXISTENCE_H_
#define CONFORMANCE_SOUND_EXISTENCE_H_

#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"

namespace conformance::sound {

class Existence : public Implementation {
 public:
  Attempt Acquire(const std::string& path, absl::Duration wait) override;

 protected:
  enum class Takeover {
    kNever,  // what is there is there, until a person removes it
    kOwner,  // by whom Look says
    // As kOwner, but whoever finds it stale removes it, and is refused; the
    // next attempt may have it.
    kOwnerInTwoLooks,
  };
  explicit Existence(Takeover takeover) : takeover_(takeover) {}

  struct Made {
    int error = 0;  // EEXIST: there is something already
    // Keeps the file's number from being given to another one.
    Descriptor pin;
    std::string record;
  };
  // Makes it, whole, and nothing otherwise.
  virtual Made Make(const Place& place) = 0;

  struct Sight {
    enum class Kind {
      kGone,
      kHeld,   // by a process that lives, or by what isn't ours
      kStale,  // only where Takeover::kOwner
      kError,  // `error`
    } kind = Kind::kHeld;
    int error = 0;
  };
  virtual Sight Look(const Place& place);

  // 0, ESTALE or what went wrong: is what is there what we made?
  virtual int IsMine(const Place& place, const Made& made);
  virtual int Remove(const Place& place);

  // The message when it wasn't ours any more when it was released.
  virtual std::string NotMine() { return ""; }
  // Called when it was made, and before it is given back.
  virtual void Begin(const Made& /*made*/) {}
  virtual void End(const Made& /*made*/) {}

 private:
  struct Ours;  // what is needed to give it back
  Attempt Once(const std::shared_ptr<Place>& place);
  Attempt MakeUnderGuard(const std::shared_ptr<Place>& place, Descriptor guard);
  Attempt Hold(const std::shared_ptr<Place>& place, Descriptor guard,
               Made made);
  GivenBack GiveBack(const Ours& ours);

  const Takeover takeover_;
};

// The most common one: a file made with O_EXCL, with a record in it.
class RecordFile : public Existence {
 protected:
  RecordFile(Takeover takeover, Format format)
      : Existence(takeover), format_(format) {}
  Made Make(const Place& place) override;
  Sight Look(const Place& place) override;

  Format format() const { return format_; }
  // The meaning of a record. A cut one is stale: its maker, who wrote it in the
  // place where it is, has died.
  virtual Sight Judge(const Owner& owner, const struct stat& st);

 private:
  const Format format_;
};

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_EXISTENCE_H_
