// Looking into callers, and into the table.

#include "conformance/explorer/tracing/traced_callers.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/process_table.h"
#include "conformance/explorer/tracing/tracee.h"

namespace conformance::explorer {

std::string TracedCallers::ReadString(const Caller& caller, uint64_t address) {
  return explorer::ReadString(caller.tid, address);
}

std::string TracedCallers::ReadMemory(const Caller& caller, uint64_t address,
                                      size_t size) {
  return explorer::ReadMemory(caller.tid, address, size);
}

std::string TracedCallers::CurrentFolder(const Caller& caller) {
  std::string& current = table_.FindProcess(caller.process)->directory;
  if (current.empty()) {
    current = ReadLink(absl::StrCat("/proc/", caller.process, "/cwd"));
  }
  return current;
}

std::string TracedCallers::FolderOf(const Caller& caller, int descriptor) {
  return ReadLink(absl::StrCat("/proc/", caller.process, "/fd/", descriptor));
}

std::optional<ActorId> TracedCallers::ActorOf(pid_t process) {
  // A number that no contender has, nor its survivors.
  if (dead_ != 0 && process == dead_ &&
      table_.FindProcess(process) == nullptr) {
    return ActorId::Earlier();
  }
  return table_.OwnerOf(process);
}

}  // namespace conformance::explorer
