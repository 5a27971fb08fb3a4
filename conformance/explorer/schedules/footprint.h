// The objects that steps of contenders touch, and the conflicts of steps.

#ifndef CONFORMANCE_EXPLORER_SCHEDULES_FOOTPRINT_H_
#define CONFORMANCE_EXPLORER_SCHEDULES_FOOTPRINT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace conformance::explorer {

// Something that several contenders can touch. The same file must be the same
// object in equivalent schedules, so files mustn't be numbered in the order in
// which all actors make them, nor by inode numbers, which the system uses
// again.
class Object {
 public:
  // In the order of their names.
  enum class Kind {
    kData,     // what is in a file
    kFolder,   // all entries of the folder
    kHold,     // that somebody holds
    kLock,     // the locks on a file
    kMeta,     // a file's size and times
    kMode,     // its permissions
    kName,     // an entry of the folder
    kProcess,  // that an actor lives
    kUnseen,   // whatever calls that aren't seen may touch
  };

  static Object Folder() { return Object(Kind::kFolder, ""); }
  static Object Hold() { return Object(Kind::kHold, ""); }
  static Object Unseen() { return Object(Kind::kUnseen, ""); }
  static Object Name(absl::string_view entry) {
    return Object(Kind::kName, entry);
  }
  static Object Process(absl::string_view actor) {
    return Object(Kind::kProcess, actor);
  }
  // `aspect`: kData, kLock, kMeta or kMode.
  static Object OfFile(Kind aspect, absl::string_view file) {
    return Object(aspect, file);
  }

  Kind kind() const { return kind_; }
  // Of its kind: the entry, the actor or the file.
  const std::string& id() const { return id_; }

  // "name:lock", "lock:a1", "hold".
  std::string ToString() const;

  friend bool operator==(const Object& a, const Object& b) {
    return a.kind_ == b.kind_ && a.id_ == b.id_;
  }
  friend bool operator<(const Object& a, const Object& b) {
    return a.kind_ != b.kind_ ? a.kind_ < b.kind_ : a.id_ < b.id_;
  }

 private:
  Object(Kind kind, absl::string_view id) : kind_(kind), id_(id) {}

  Kind kind_;
  std::string id_;
};

struct Access {
  Object object;
  bool write = false;

  friend bool operator==(const Access& a, const Access& b) {
    return a.write == b.write && a.object == b.object;
  }
};

// The objects that one executed step touched. A failed operation only reads;
// what nobody else can see, such as closing a file without a lock, touches
// nothing.
struct Footprint {
  std::vector<Access> accesses;  // sorted by object

  void Read(const Object& object) { Add(object, false); }
  void Write(const Object& object) { Add(object, true); }
  // Also what `other` touched.
  void Add(const Footprint& other);

  bool Writes(const Object& object) const;

  // "name:lock lock:1:0! hold!", where "!" is a write.
  std::string ToString() const;

  friend bool operator==(const Footprint& a, const Footprint& b) {
    return a.accesses == b.accesses;
  }

 private:
  // Keeps the accesses sorted, one for each object.
  void Add(const Object& object, bool write);
};

// Whether steps of two actors with these footprints conflict: an object is in
// both, and at least one writes it. Steps of one actor always do.
bool Conflict(const Footprint& a, const Footprint& b);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_SCHEDULES_FOOTPRINT_H_
