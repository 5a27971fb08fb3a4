// The reference as a contender process of its own.
//
//   contender [--cancel] [OWNER_RECORD]
//
// With --cancel it claims that capability, and its waits are made as those that
// can be cancelled are. The record is, for example, '{pid}\n' with a real
// newline.

#include <memory>

#include "absl/strings/string_view.h"
#include "conformance/contender_main.h"
#include "conformance/contenders/lockfile/adapter.h"
#include "conformance/implementation.h"

int main(int argc, char** argv) {
  conformance::LockFileAdapterOptions options;
  for (int i = 1; i < argc; ++i) {
    if (absl::string_view(argv[i]) == "--cancel") {
      options.cancel = true;
    } else {
      options.owner_record = argv[i];
    }
  }
  const std::unique_ptr<conformance::Implementation> adapter =
      conformance::MakeLockFileAdapter(options);
  return conformance::ContenderMain(*adapter);
}
