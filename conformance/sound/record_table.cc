// A POSIX record lock, which belongs to the process and not to the descriptor,
// with a table of what this process holds. A file that is in the table is never
// opened and closed, since closing it would free the lock (fcntl(2)).

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/held.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

using File = std::pair<dev_t, ino_t>;

int SetLock(int fd, short type) {  // NOLINT: fcntl's type
  struct flock whole = {};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  while (::fcntl(fd, F_SETLK, &whole) != 0) {
    if (errno == EACCES) return EWOULDBLOCK;
    if (errno != EINTR) return errno;
  }
  return 0;
}

class RecordTable : public Implementation {
 public:
  RecordTable() {
    // Record locks aren't inherited: a child holds nothing, and its closing of
    // copies frees nothing (fcntl(2)).
    InForkedChild([this] { table_.clear(); });
  }

  Introduction Describe() const override {
    return Introduce("record lock", "record-lock", "@");
  }

  Attempt Acquire(const std::string& path, absl::Duration wait) override {
    const auto place = std::make_shared<Place>(Locate(path));
    if (place->error != 0) {
      return Attempt::Error(Message("open folder", place->error));
    }
    return Poll(wait, &FiveMilliseconds, [&] { return Once(*place); });
  }

 private:
  Attempt Once(const Place& place) {
    for (;;) {
      struct stat st = {};
      if (::fstatat(place.folder.get(), place.name.c_str(), &st,
                    AT_SYMLINK_NOFOLLOW) == 0 &&
          table_.count({st.st_dev, st.st_ino}) > 0) {
        return Attempt::Busy();
      }
      Descriptor fd =
          OpenAt(place.folder.get(), place.name,
                 O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
      if (!fd.ok()) return Attempt::Error(Message("open", errno));
      if (::fstat(fd.get(), &st) != 0) {
        return Attempt::Error(Message("fstat", errno));
      }
      const File file = {st.st_dev, st.st_ino};
      if (const auto held = table_.find(file); held != table_.end()) {
        // The name was given to it just now.
        held->second.push_back(std::move(fd));
        return Attempt::Busy();
      }
      if (!S_ISREG(st.st_mode)) return Attempt::Error("it is no regular file");
      const int error = SetLock(fd.get(), F_WRLCK);
      if (error == EWOULDBLOCK || error == EAGAIN) return Attempt::Busy();
      if (error != 0) return Attempt::Error(Message("lock", error));
      const int compared = CompareAt(place.folder.get(), place.name, fd.get());
      if (compared == 0) {
        table_[file].push_back(std::move(fd));
        return Attempt::Acquired(
            std::make_unique<Held>([this, file] { return GiveBack(file); }));
      }
      if (compared != ESTALE) return Attempt::Error(Message("stat", compared));
    }
  }

  GivenBack GiveBack(const File& file) {
    const int error = SetLock(table_[file].front().get(), F_UNLCK);
    table_.erase(file);  // closing frees it, too
    return {Message("unlock", error)};
  }

  // This process's locks: the descriptor that is locked, and others of the same
  // file that mustn't be closed before.
  std::map<File, std::vector<Descriptor>> table_;
};

const RegisteredSound kRecordTable({
    "record_table",
    "A POSIX record lock with a table of what its process holds.",
    Serve<RecordTable>(),
});

}  // namespace
}  // namespace conformance::sound
