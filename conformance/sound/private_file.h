// A file under a name of its own, complete before it becomes a lock by link(2).

#ifndef CONFORMANCE_SOUND_PRIVATE_FILE_H_
#define CONFORMANCE_SOUND_PRIVATE_FILE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "conformance/sound/calls.h"

namespace conformance::sound {

// Removes its name when it is destroyed.
class PrivateFile {
 public:
  // In `folder`, which has to live as long, and with this content.
  PrivateFile(int folder, absl::string_view content);
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  ~PrivateFile();

  int error() const { return error_; }  // 0: there it is
  const std::string& name() const { return name_; }
  Descriptor& descriptor() { return fd_; }

 private:
  const int folder_;
  std::string name_;
  Descriptor fd_;
  int error_ = 0;
};

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_PRIVATE_FILE_H_
