// The reference as a contender process of its own.
//
//   contender [OWNER_RECORD]     e.g.  contender '{pid}\n' with a real newline

#include <memory>

#include "conformance/contender_main.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/implementation.h"

int main(int argc, char** argv) {
  const std::unique_ptr<conformance::Implementation> adapter =
      conformance::MakeLockFileAdapter(argc > 1 ? argv[1] : "");
  return conformance::ContenderMain(*adapter);
}
