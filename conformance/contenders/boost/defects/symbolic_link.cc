// A symbolic link is followed. And since the lock demands that the file is
// there, everybody creates it, which follows a dangling one.

#include <fcntl.h>

#include <iostream>

#include "conformance/contenders/boost/defects/defect.h"

int main() {
  const Folder folder;
  if (::symlink("target", "link") != 0) return 2;
  bool demands = false;
  try {
    boost::interprocess::file_lock missing("link");
  } catch (const boost::interprocess::interprocess_exception&) {
    demands = true;
  }
  std::ofstream("link", std::ios::app).close();
  const bool created = ::access("target", F_OK) == 0;
  boost::interprocess::file_lock lock("link");
  const bool followed = lock.try_lock() && !AnotherProcessGets("target");
  std::cout << "the file must be there: " << demands
            << "; its target was created: " << created
            << "; and is locked: " << followed << "\n";
  return demands && created && followed ? 0 : 1;
}
