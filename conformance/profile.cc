// Families of locks by name, and what is asked of which.

#include "conformance/profile.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

constexpr std::array<std::pair<Family, absl::string_view>, 6> kFamilies = {{
    {Family::kSeed, "seed"},
    {Family::kKernelLock, "kernel-lock"},
    {Family::kRecordLock, "record-lock"},
    {Family::kExistenceLock, "existence-lock"},
    {Family::kWindows, "windows"},
    {Family::kUnknown, "unclaimed"},
}};

constexpr absl::string_view kMark = "profile";

std::string StaleText(Profile::Stale stale, absl::Duration age) {
  switch (stale) {
    case Profile::Stale::kUnknown:
      return "not freed at once by its holder's death";
    case Profile::Stale::kAtOnce:
      return "free as soon as its holder is dead";
    case Profile::Stale::kNever:
      return "never freed by its holder's death";
    case Profile::Stale::kByAge:
      return absl::StrCat("freed when it is older than ",
                          absl::FormatDuration(age));
  }
  return "";
}

}  // namespace

absl::string_view FamilyName(Family family) {
  for (const auto& [known, name] : kFamilies) {
    if (known == family) return name;
  }
  return "unclaimed";
}

Family FamilyFromName(absl::string_view name) {
  for (const auto& [family, known] : kFamilies) {
    if (known == name) return family;
  }
  return Family::kUnknown;
}

bool IsAsked(Scope scope, Family family) {
  if (family == Family::kWindows) family = Family::kSeed;
  switch (scope) {
    case Scope::kAll:
      return true;
    case Scope::kSeed:
      return family == Family::kSeed;
    case Scope::kKernel:
      return family == Family::kSeed || family == Family::kKernelLock;
    case Scope::kAnyKernel:
      return family == Family::kSeed || family == Family::kKernelLock ||
             family == Family::kRecordLock;
    case Scope::kNotExistence:
      return family != Family::kExistenceLock;
    case Scope::kNotRecordLock:
      return family != Family::kRecordLock;
    case Scope::kExistence:
      return family == Family::kExistenceLock;
  }
  return true;
}

std::string ScopeText(Scope scope) {
  std::vector<absl::string_view> names;
  for (const auto& [family, name] : kFamilies) {
    if (IsAsked(scope, family)) names.push_back(name);
  }
  return absl::StrJoin(names, ", ");
}

bool Profile::DeathFrees() const {
  switch (family) {
    case Family::kSeed:
    case Family::kKernelLock:
    case Family::kRecordLock:
    case Family::kWindows:
      return true;
    case Family::kExistenceLock:
    case Family::kUnknown:
      break;
  }
  return stale == Stale::kAtOnce;
}

std::string Profile::ToString() const {
  std::string text = absl::StrCat(FamilyName(family));
  if (!claimed && family != Family::kUnknown) {
    absl::StrAppend(&text, " (found; none is claimed)");
  }
  absl::StrAppend(&text, ", ",
                  at.empty() ? "at a place that was not found"
                             : absl::StrCat("at ", PrintableText(at)),
                  ", ", StaleText(stale, age));
  if (ordinary) absl::StrAppend(&text, ", among ordinary users");
  return text;
}

std::vector<std::string> Profile::ToFields() const {
  return {std::string(kMark),
          std::string(FamilyName(family)),
          absl::StrCat(claimed ? 1 : 0),
          std::string(FamilyName(found)),
          at,
          absl::StrCat(static_cast<int>(stale)),
          absl::StrCat(absl::ToInt64Seconds(age)),
          absl::StrCat(ordinary ? 1 : 0),
          absl::StrCat(absl::ToInt64Milliseconds(start)),
          made_of,
          absl::StrCat(removes ? 1 : 0),
          absl::StrCat(takes_records ? 1 : 0)};
}

std::optional<Profile> Profile::FromFields(
    const std::vector<std::string>& fields) {
  int claimed = 0;
  int stale = 0;
  int64_t age = 0;
  int ordinary = 0;
  int64_t start = 0;
  if (fields.size() != 12 || fields[0] != kMark ||
      !absl::SimpleAtoi(fields[2], &claimed) ||
      !absl::SimpleAtoi(fields[5], &stale) ||
      !absl::SimpleAtoi(fields[6], &age) ||
      !absl::SimpleAtoi(fields[7], &ordinary) ||
      !absl::SimpleAtoi(fields[8], &start)) {
    return std::nullopt;
  }
  Profile profile;
  profile.family = FamilyFromName(fields[1]);
  profile.claimed = claimed != 0;
  profile.found = FamilyFromName(fields[3]);
  profile.at = fields[4];
  profile.stale = static_cast<Stale>(stale);
  profile.age = absl::Seconds(age);
  profile.ordinary = ordinary != 0;
  profile.start = absl::Milliseconds(start);
  profile.made_of = fields[9];
  profile.removes = fields[10] == "1";
  profile.takes_records = fields[11] == "1";
  return profile;
}

std::string Profile::PlaceOf(absl::string_view path) const {
  if (at.empty()) return "";
  if (at.front() == '/') return at;
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  const size_t name = slash == absl::string_view::npos ? 0 : slash + 1;
  return absl::StrCat(
      path.substr(0, name),
      absl::StrReplaceAll(at, {{"@", std::string(path.substr(name))}}));
}

Profile ClaimedProfile(const Introduction& introduction,
                       absl::string_view name) {
  Profile profile;
  const absl::string_view claim =
      name.empty() ? absl::string_view{introduction.profile} : name;
  profile.family = FamilyFromName(claim);
  profile.claimed = profile.family != Family::kUnknown;
  profile.at = introduction.at;
  profile.ordinary = introduction.user == "ordinary";
  int64_t seconds = 0;
  if (introduction.stale == "owner") {
    profile.stale = Profile::Stale::kAtOnce;
  } else if (introduction.stale == "never") {
    profile.stale = Profile::Stale::kNever;
  } else if (absl::SimpleAtoi(introduction.stale, &seconds)) {
    profile.stale = Profile::Stale::kByAge;
    profile.age = absl::Seconds(seconds);
  }
  return profile;
}

}  // namespace conformance
