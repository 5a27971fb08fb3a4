// A process that holds the lock gets it again, by another object.

#include <iostream>

#include "conformance/contenders/boost/defects/defect.h"

int main() {
  const Folder folder;
  boost::interprocess::file_lock first("lock");
  boost::interprocess::file_lock second("lock");
  const bool both = first.try_lock() && second.try_lock();
  std::cout << "Two objects of one process hold the lock: " << both << "\n";
  return both ? 0 : 1;
}
