// Whoever closes the file, in the holder's process, frees the lock.

#include <iostream>

#include "conformance/contenders/boost/defects/defect.h"

int main() {
  const Folder folder;
  boost::interprocess::file_lock lock("lock");
  const bool held = lock.try_lock() && !AnotherProcessGets("lock");
  std::ifstream("lock").close();
  const bool lost = AnotherProcessGets("lock");
  std::cout << "held: " << held << "; lost when the file was read: " << lost
            << "\n";
  return held && lost ? 0 : 1;
}
