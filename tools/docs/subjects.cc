// Contenders linked in, in scripts, and in other languages.

#include "tools/docs/subjects.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/explorer/testing/languages/language.h"
#include "conformance/implementation.h"

namespace conformance::docs {
namespace {

class BareFlock : public Implementation {
 public:
  Introduction Describe() const override { return {"bare flock", "1", 0, {}}; }
  Attempt Acquire(const std::string& path, absl::Duration /*wait*/) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return Attempt::Error(::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      return Attempt::Acquired(std::make_unique<Held>(fd));
    }
    const bool busy = errno == EWOULDBLOCK;
    ::close(fd);
    return busy ? Attempt::Busy() : Attempt::Error("flock");
  }

 private:
  class Held : public HeldLock {
   public:
    explicit Held(int fd) : fd_(fd) {}
    std::string Release() override { return ::close(fd_) == 0 ? "" : "close"; }

   private:
    int fd_;
  };
};

// Those that need no library, compiled into `folder`.
std::vector<Subject> OtherLanguages(const std::string& folder) {
  std::vector<Subject> all;
  for (const explorer::Language& language : explorer::Languages()) {
    const absl::StatusOr<ContenderSource> source =
        explorer::ContenderIn(language.name, folder);
    if (!source.ok()) {
      std::cerr << "left out: " << language.title << ": "
                << source.status().message() << "\n";
      continue;
    }
    all.push_back({language.title, *source});
  }
  return all;
}

}  // namespace

ContenderSource BareFlockSource() {
  return ContenderSource::LinkedIn(
      [] { return std::make_unique<BareFlock>(); });
}

std::vector<Subject> Subjects(const std::string& folder) {
  std::vector<Subject> all = {
      {"bare `flock`, C++", BareFlockSource()},
      {"`lockfile::LockFile`, C++",
       ContenderSource::LinkedIn([] { return MakeLockFileAdapter(); })},
  };
  const std::string contenders = "conformance/contenders/";
  for (const auto& [name, file] :
       std::vector<std::pair<const char*, const char*>>{
           {"zc.lockfile, Python", "zc_lockfile/contender.py"},
           {"py-filelock, Python", "filelock/contender.py"},
           {"flock(1), Bash", "flock/contender.sh"}}) {
    // Run from where the runfiles are.
    ContenderSource source;
    char* const path = ::realpath((contenders + file).c_str(), nullptr);
    if (path == nullptr) continue;
    source.command = {path};
    ::free(path);
    all.push_back({name, source});
  }
  const std::vector<Subject> others = OtherLanguages(folder);
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

}  // namespace conformance::docs
