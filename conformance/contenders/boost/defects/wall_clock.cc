// A wait of three seconds ends at once when the wall clock is set an hour on.
// That is done here by a gettimeofday(2) of this program's own.

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <atomic>
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <chrono>  // NOLINT(build/c++11): for a clock that can't be set
#include <iostream>
#include <thread>  // NOLINT(build/c++11): sets the clock while another waits

#include "conformance/contenders/boost/defects/defect.h"

namespace {
std::atomic<time_t> hours_on{0};
}  // namespace

extern "C" int gettimeofday(timeval* __tv, void* __tz) noexcept {  // NOLINT
  const int result = static_cast<int>(::syscall(SYS_gettimeofday, __tv, __tz));
  __tv->tv_sec += hours_on * 3600;
  return result;
}

int main() {
  const Folder folder;
  int held[2];
  if (::pipe2(held, O_CLOEXEC) != 0) return 2;
  const pid_t holder = ::fork();
  if (holder == 0) {
    boost::interprocess::file_lock lock("lock");
    lock.lock();
    if (::write(held[1], "!", 1) != 1) ::_exit(1);
    ::sleep(10);
    ::_exit(0);
  }
  char byte;
  if (::read(held[0], &byte, 1) != 1) return 2;
  boost::interprocess::file_lock waiter("lock");
  std::thread setter([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    hours_on = 1;
  });
  const auto begin = std::chrono::steady_clock::now();
  const bool got =
      waiter.timed_lock(boost::posix_time::microsec_clock::universal_time() +
                        boost::posix_time::seconds(3));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  setter.join();
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  std::cout << "a wait of 3 s for a held lock ended after " << took.count()
            << " ms\n";
  return !got && took < std::chrono::seconds(2) ? 0 : 1;
}
