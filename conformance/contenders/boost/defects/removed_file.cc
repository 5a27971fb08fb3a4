// One who has opened the file before it was removed gets the lock of nothing.

#include <iostream>

#include "conformance/contenders/boost/defects/defect.h"

int main() {
  const Folder folder;
  boost::interprocess::file_lock waiter("lock");
  std::filesystem::remove("lock");
  std::ofstream("lock").close();
  const bool got = waiter.try_lock();
  const bool newcomer = AnotherProcessGets("lock");
  std::cout << "the lock of a removed file is had: " << got
            << "; and at the path by another: " << newcomer << "\n";
  return got && newcomer ? 0 : 1;
}
