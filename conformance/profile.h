// A profile: of which family a lock is, and what follows from that. Families
// differ by design, and nobody is to be accused of a design.
//
// A contender claims one in its hello (docs/protocol.md), a person on the
// command line; for all others the suite looks (survey.h), asks what every
// family promises and what the one that was found does, and accuses of nothing
// that is design. docs/profiles.md is the document for people.

#ifndef CONFORMANCE_PROFILE_H_
#define CONFORMANCE_PROFILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"

namespace conformance {

enum class Family : uint8_t {
  // The kernel's lock on a file that is never removed: what the seed describes.
  kSeed,
  // The kernel's lock on an open file description: flock(2), or F_OFD_SETLK of
  // fcntl(2). Its file may be removed at a release.
  kKernelLock,
  // The kernel's lock that belongs to a process: F_SETLK of fcntl(2).
  kRecordLock,
  // A file, link or folder that is there as long as the lock is held.
  kExistenceLock,
  // The seed's, as Windows can have it: its kernel's lock on a file that is
  // never removed. Not everything that the suite looks at has a meaning there
  // (Requirement::not_on_windows).
  kWindows,
  // Nothing was claimed, and none of these was found.
  kUnknown,
};

// "seed", "kernel-lock", "record-lock", "existence-lock", "windows",
// "unclaimed".
absl::string_view FamilyName(Family family);
// kUnknown for "unclaimed" and "". The text is one of AllProfileNames or "".
Family FamilyFromName(absl::string_view name);

// The families of which something is asked.
enum class Scope : uint8_t {
  kAll,
  kSeed,           // of the seed's, and Windows', alone
  kKernel,         // and of other locks on open file descriptions
  kAnyKernel,      // and of record locks
  kNotExistence,   // of all but existence locks
  kNotRecordLock,  // of all but record locks
  kExistence,      // of existence locks alone
};
bool IsAsked(Scope scope, Family family);
// "seed, kernel-lock"
std::string ScopeText(Scope scope);

struct Profile {
  // The fate of a lock whose holder was killed.
  enum class Stale : uint8_t {
    kUnknown,  // it isn't free at once, and no rule is claimed
    kAtOnce,   // the next one gets it
    kNever,    // it stays held until somebody removes it
    kByAge,    // whoever finds that it is older than `age` gets it
  };

  Family family = Family::kUnknown;  // as claimed; else as found
  bool claimed = false;
  Family found = Family::kUnknown;  // by looking
  // Where the lock of a path is: a name in the path's folder in which `@`
  // stands for the path's last part, or an absolute path; "" is not known.
  std::string at;
  // The kind of what is there while the lock is held: "file", "folder", "link";
  // "" is not known.
  std::string made_of;
  bool removes = false;  // at a release
  // A file with the number of a process that is no more, and a year old, is
  // taken for a stale lock.
  bool takes_records = false;
  Stale stale = Stale::kUnknown;
  absl::Duration age;  // kByAge
  // The lock is made of permissions, so contenders must obey them.
  bool ordinary = false;
  // How long a contender took from its start to its hello.
  absl::Duration start;

  // "existence-lock (found), at @.lock, freed when its owner is dead"
  std::string ToString() const;
  // As the fields of an event of a history, and back. nullopt: they are none.
  std::vector<std::string> ToFields() const;
  static std::optional<Profile> FromFields(
      const std::vector<std::string>& fields);

  // Whether a lock whose holder was killed is to be free at once: the kernel
  // frees what it keeps; of the others it was claimed, or seen. Where neither
  // is known, a lock that stays held may be meant so.
  bool DeathFrees() const;

  // The path at which the lock of `path` is; "" when that is not known.
  std::string PlaceOf(absl::string_view path) const;
  // Whether the lock of a path is the file at that path itself.
  bool AtPath() const { return at == "@"; }
};

// The claim of a contender, or of a person for it: `name` is one of
// AllProfileNames, or "" for what the contender says.
Profile ClaimedProfile(const Introduction& introduction,
                       absl::string_view name);

}  // namespace conformance

#endif  // CONFORMANCE_PROFILE_H_
