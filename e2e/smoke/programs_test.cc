// lockcheck and withlock, started from another workspace.

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "say where lockcheck and withlock are\n";
    return 2;
  }
  const std::string lockcheck = argv[1];
  const std::string withlock = argv[2];
  const std::string lock = std::string(std::getenv("TEST_TMPDIR")) + "/lock";
  for (const std::string& command :
       {absl::StrCat(lockcheck, " --version"), absl::StrCat(lockcheck, " list"),
        absl::StrCat(withlock, " ", lock, " -- true")}) {
    if (std::system((command + " > /dev/null").c_str()) != 0) {
      std::cerr << "failed: " << command << "\n";
      return 1;
    }
  }
  return 0;
}
