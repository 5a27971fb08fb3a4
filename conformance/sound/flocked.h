// A file that is locked by flock(2), asked for again and again. Other locks of
// the kernel's differ from it in one step each.

#ifndef CONFORMANCE_SOUND_FLOCKED_H_
#define CONFORMANCE_SOUND_FLOCKED_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/implementation.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"

namespace conformance::sound {

class Flocked : public Implementation {
 public:
  Introduction Describe() const override;
  Attempt Acquire(const std::string& path, absl::Duration wait) override;
  Attempt AcquireUnlessCancelled(const std::string& path, absl::Duration wait,
                                 CancelRequest& request) override;

 protected:
  // Where the file is that is locked.
  virtual Place Where(const std::string& path);
  // Opens it, or makes it. It follows no link, and waits for no pipe.
  virtual Descriptor OpenFile(const Place& place);
  // How long a waiter sleeps after so many tries.
  virtual absl::Duration Pause(int tries);
  // 0, EWOULDBLOCK or what else fails. Never waits.
  virtual int Lock(int fd);
  virtual int Unlock(int fd);
  // Before it is unlocked, and after.
  virtual int BeforeRelease(const Place& place, int fd);
  virtual void AfterRelease() {}
  // Whether the folder, which has been removed, is there again.
  virtual bool Renew(Place& /*place*/) { return false; }

  Attempt AcquireUnless(const CancelRequest* request, const std::string& path,
                        absl::Duration wait);
  Attempt Once(const std::shared_ptr<Place>& place);
  // 0 or an errno; EINVAL for what is no regular file.
  int Open(Place& place, Descriptor& fd);
  // The locked file is held, if it is the file at the place still.
  std::optional<Attempt> Finish(const std::shared_ptr<Place>& place,
                                const std::shared_ptr<Descriptor>& fd);
};

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_FLOCKED_H_
