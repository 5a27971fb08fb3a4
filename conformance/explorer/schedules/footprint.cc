// Sorted accesses.

#include "conformance/explorer/schedules/footprint.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace conformance::explorer {
namespace {

absl::string_view NameOf(Object::Kind kind) {
  switch (kind) {
    case Object::Kind::kData:
      return "data";
    case Object::Kind::kFolder:
      return "folder";
    case Object::Kind::kHold:
      return "hold";
    case Object::Kind::kLock:
      return "lock";
    case Object::Kind::kMeta:
      return "meta";
    case Object::Kind::kMode:
      return "mode";
    case Object::Kind::kName:
      return "name";
    case Object::Kind::kProcess:
      return "process";
    case Object::Kind::kUnseen:
      return "unseen";
  }
  return "";
}

bool IsBefore(const Access& access, const Object& object) {
  return access.object < object;
}

}  // namespace

std::string Object::ToString() const {
  return id_.empty() ? std::string(NameOf(kind_))
                     : absl::StrCat(NameOf(kind_), ":", id_);
}

void Footprint::Add(const Object& object, bool write) {
  const auto place =
      std::lower_bound(accesses.begin(), accesses.end(), object, IsBefore);
  if (place != accesses.end() && place->object == object) {
    place->write |= write;
  } else {
    accesses.insert(place, Access{object, write});
  }
}

void Footprint::Add(const Footprint& other) {
  for (const Access& access : other.accesses) Add(access.object, access.write);
}

bool Footprint::Writes(const Object& object) const {
  const auto place =
      std::lower_bound(accesses.begin(), accesses.end(), object, IsBefore);
  return place != accesses.end() && place->object == object && place->write;
}

std::string Footprint::ToString() const {
  return absl::StrJoin(accesses, " ", [](std::string* out, const Access& a) {
    absl::StrAppend(out, a.object.ToString(), a.write ? "!" : "");
  });
}

bool Conflict(const Footprint& a, const Footprint& b) {
  // Footprints have a handful of accesses.
  for (const Access& mine : a.accesses) {
    for (const Access& other : b.accesses) {
      if ((mine.write || other.write) && mine.object == other.object) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace conformance::explorer
