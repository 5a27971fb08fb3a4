// Keeps its descriptor open between cycles, and unlocks it only.

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class KeepsOpen : public Implementation {
 public:
  KeepsOpen() {
    InForkedChild([this] { kept_.clear(); });
  }

  Introduction Describe() const override {
    return Introduce("kept descriptor", "kernel-lock", "@");
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    const auto place = std::make_shared<Place>(Locate(path));
    if (place->error != 0) {
      return Attempt::Error(Message("open folder", place->error));
    }
    return Poll(wait, &FiveMilliseconds, [&] { return Once(*place); });
  }

 private:
  // The file's name in its folder, whatever way leads there; "" and errno.
  static std::string Key(const Place& place) {
    struct stat st = {};
    if (::fstat(place.folder.get(), &st) != 0) return "";
    return absl::StrCat(st.st_dev, ":", st.st_ino, "/", place.name);
  }

  Attempt Once(const Place& place) {
    const std::string key = Key(place);
    if (key.empty()) return Attempt::Error(Message("fstat", errno));
    for (;;) {
      std::shared_ptr<Descriptor> fd;
      const auto kept = kept_.find(key);
      if (kept == kept_.end()) {
        fd = std::make_shared<Descriptor>(OpenAt(
            place.folder.get(), place.name,
            O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666));
        if (!fd->ok()) return Attempt::Error(Message("open", errno));
        struct stat st = {};
        if (::fstat(fd->get(), &st) != 0) {
          return Attempt::Error(Message("fstat", errno));
        }
        if (!S_ISREG(st.st_mode)) {
          return Attempt::Error("it is no regular file");
        }
      } else {
        fd = kept->second;
        const int error = CompareAt(place.folder.get(), place.name, fd->get());
        if (error == ESTALE) {
          kept_.erase(kept);  // who holds it has it still
          continue;
        }
        if (error != 0) return Attempt::Error(Message("stat", error));
        // In use by us, it would be granted again. Two have it already.
        if (kept->second.use_count() > 2) return Attempt::Busy();
      }
      const int error = Flock(fd->get(), LOCK_EX | LOCK_NB);
      if (error == EWOULDBLOCK) {
        Keep(key, fd);
        return Attempt::Busy();
      }
      if (error != 0) return Attempt::Error(Message("flock", error));
      const int compared = CompareAt(place.folder.get(), place.name, fd->get());
      if (compared == 0) {
        Keep(key, fd);
        return Attempt::Acquired(std::make_unique<Held>([fd] {
          return GivenBack{Message("flock", Flock(fd->get(), LOCK_UN))};
        }));
      }
      Flock(fd->get(), LOCK_UN);
      kept_.erase(key);
      if (compared != ESTALE) return Attempt::Error(Message("stat", compared));
    }
  }

  void Keep(const std::string& key, const std::shared_ptr<Descriptor>& fd) {
    constexpr size_t kMost = 16;
    kept_[key] = fd;
    for (auto it = kept_.begin(); kept_.size() > kMost && it != kept_.end();) {
      it = it->second.use_count() == 1 ? kept_.erase(it) : std::next(it);
    }
  }

  std::map<std::string, std::shared_ptr<Descriptor>> kept_;
};

const RegisteredSound kKeepsOpen({
    "keeps_open",
    "Keeps its descriptor open between cycles.",
    Serve<KeepsOpen>(),
});

}  // namespace
}  // namespace conformance::sound
