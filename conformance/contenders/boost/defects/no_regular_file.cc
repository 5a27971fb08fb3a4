// A FIFO and a device are locked like a regular file.

#include <sys/stat.h>

#include <iostream>

#include "conformance/contenders/boost/defects/defect.h"

int main() {
  const Folder folder;
  if (::mkfifo("fifo", 0666) != 0) return 2;
  const bool fifo = boost::interprocess::file_lock("fifo").try_lock();
  const bool device = boost::interprocess::file_lock("/dev/null").try_lock();
  std::cout << "a FIFO is locked: " << fifo << "; a device: " << device << "\n";
  return fifo && device ? 0 : 1;
}
