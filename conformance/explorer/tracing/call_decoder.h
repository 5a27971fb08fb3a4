// The meaning of the arguments of a stopped call: which paths and descriptors
// of the folder, which lock, which contender. Reads the contender's memory
// through an interface, so that it can be tested with made-up memory.

#ifndef CONFORMANCE_EXPLORER_TRACING_CALL_DECODER_H_
#define CONFORMANCE_EXPLORER_TRACING_CALL_DECODER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {

// The thread that is about to make the call.
struct Caller {
  pid_t tid = 0;
  pid_t process = 0;
  ActorId actor;
};

class CallDecoder {
 public:
  // Questions about a caller.
  class Source {
   public:
    virtual ~Source() = default;
    // A path in its memory, up to its NUL; "" for none.
    virtual std::string ReadString(const Caller& caller, uint64_t address) = 0;
    // So many bytes of it, or as many as can be read.
    virtual std::string ReadMemory(const Caller& caller, uint64_t address,
                                   size_t size) = 0;
    virtual std::string CurrentFolder(const Caller& caller) = 0;
    virtual std::string FolderOf(const Caller& caller, int descriptor) = 0;
    // The actor whose process, dead or alive, this is.
    virtual std::optional<ActorId> ActorOf(pid_t process) = 0;
  };

  // `given`: the folder's path as it was named, if that is another.
  CallDecoder(std::string directory, std::string given, const FileModel& model,
              Source& source)
      : directory_(std::move(directory)),
        given_(std::move(given)),
        model_(model),
        source_(source) {}

  // Fills in everything but `type` and `args`, which are given.
  void Decode(const Caller& caller, Call& call) const;

 private:
  void DecodeShape(const Caller& caller, Call& call) const;
  void DecodePath(const Caller& caller, Call& call, int descriptor,
                  uint64_t address, std::string& path, std::string& name) const;
  void DecodeProc(const Caller& caller, Call& call, const std::string& path,
                  std::string& name) const;
  void DecodeOpen(const Caller& caller, Call& call) const;
  void DecodeFcntl(const Caller& caller, Call& call) const;
  int Watched(const Caller& caller, int descriptor) const;
  // Nothing for a process of its own.
  std::optional<ActorId> OtherActorOf(const Caller& caller,
                                      pid_t process) const;

  const std::string directory_;
  const std::string given_;
  const FileModel& model_;
  Source& source_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_CALL_DECODER_H_
