// The callers that a decoder asks about, where they are traced: their memory,
// their folders by /proc, and whose processes there are, by the table.

#ifndef CONFORMANCE_EXPLORER_TRACING_TRACED_CALLERS_H_
#define CONFORMANCE_EXPLORER_TRACING_TRACED_CALLERS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call_decoder.h"
#include "conformance/explorer/tracing/process_table.h"

namespace conformance::explorer {

class TracedCallers : public CallDecoder::Source {
 public:
  explicit TracedCallers(ProcessTable& table) : table_(table) {}

  // The process that left by its death what is in the folder; 0: none.
  void FolderIsOf(pid_t dead) { dead_ = dead; }

  std::string ReadString(const Caller& caller, uint64_t address) override;
  std::string ReadMemory(const Caller& caller, uint64_t address,
                         size_t size) override;
  std::string CurrentFolder(const Caller& caller) override;
  std::string FolderOf(const Caller& caller, int descriptor) override;
  std::optional<ActorId> ActorOf(pid_t process) override;

 private:
  ProcessTable& table_;
  pid_t dead_ = 0;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_TRACED_CALLERS_H_
