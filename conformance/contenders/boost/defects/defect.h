// The common part of the programs that show defects: a scratch folder that goes
// away, and other processes that try for the lock.

#ifndef CONFORMANCE_CONTENDERS_BOOST_DEFECTS_DEFECT_H_
#define CONFORMANCE_CONTENDERS_BOOST_DEFECTS_DEFECT_H_

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/interprocess/sync/file_lock.hpp>
#include <filesystem>
#include <fstream>
#include <string>

class Folder {
 public:
  Folder() {
    if (::mkdtemp(name_) == nullptr || ::chdir(name_) != 0) ::exit(2);
    std::ofstream("lock").close();
  }
  ~Folder() { std::filesystem::remove_all(name_); }

 private:
  char name_[24] = "/tmp/defect.XXXXXX";
};

// Whether another process gets the lock, if only for a moment.
inline bool AnotherProcessGets(const char* path) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::_exit(boost::interprocess::file_lock(path).try_lock() ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && status == 0;
}

#endif  // CONFORMANCE_CONTENDERS_BOOST_DEFECTS_DEFECT_H_
