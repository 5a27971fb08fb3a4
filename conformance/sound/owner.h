// The record of an owner: which process, and since when, so that another one
// to which the pid was given later isn't taken for it.
//
// Of processes of one machine that see the same /proc; across pid namespaces no
// such record can be right.

#ifndef CONFORMANCE_SOUND_OWNER_H_
#define CONFORMANCE_SOUND_OWNER_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace conformance::sound {

// How records are written. But for kLink, none is the beginning of another.
enum class Format {
  kPlain,   // pid=12 start=345
  kBootId,  // pid=12 start=345 boot=6f0d...
  kJson,    // {"pid": 12, "start": 345}
  kLink,    // pid=12,start=345,n=6: another one each time
};

struct Owner {
  enum class Kind {
    kAlive,
    kDead,
    kCut,      // the beginning of a record: its writer didn't get further
    kForeign,  // no record of ours
    kUnknown,  // it can't be found out: `error`
  } kind = Kind::kForeign;
  int error = 0;
};

struct Record {
  int error = 0;
  std::string text;
};
// Of the process that calls.
Record MyRecord(Format format);
Owner OwnerOf(absl::string_view record, Format format);

// Whether the process that began at `start` (in ticks since boot, proc(5)) is
// there and not dead.
Owner LifeOf(pid_t pid, uint64_t start);

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_OWNER_H_
