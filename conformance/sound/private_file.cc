// Names that nobody else uses.

#include "conformance/sound/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/sound/calls.h"

namespace conformance::sound {

PrivateFile::PrivateFile(int folder, absl::string_view content)
    : folder_(folder) {
  // It is there already if a dead process had our pid, or one of another
  // machine or container has it: then the next number is tried.
  for (int i = 0; i < 1000; ++i) {
    name_ = absl::StrCat(".private-", ::getpid(), "-", i);
    fd_ = OpenAt(folder, name_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    if (fd_.ok() || errno != EEXIST) break;
  }
  error_ = fd_.ok() ? WriteWhole(fd_.get(), content) : errno;
}

PrivateFile::~PrivateFile() {
  if (fd_.ok() || error_ == 0) RemoveAt(folder_, name_);
}

}  // namespace conformance::sound
