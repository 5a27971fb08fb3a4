// Shapes of names, and labels for them.

#include "conformance/explorer/execution/generated_names.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/file_model.h"

namespace conformance::explorer {
namespace {

// More kinds of them than a lock can need.
constexpr size_t kMaxShapes = 16;
// Of what is made up, so much may be the same by chance at either end.
constexpr size_t kChance = 2;
// A name that has nothing but what is made up is at least this long.
constexpr size_t kShortestWhole = 8;
// A name may come again by chance: what mkstemp(3) makes up has no more than
// thirty bits. Not twice.
constexpr int kChanceUses = 2;
// To remember how often a name was used.
constexpr size_t kMaxRemembered = 1'000'000;

bool AllDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

size_t CommonPrefix(absl::string_view a, absl::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t same = 0;
  while (same < n && a[same] == b[same]) ++same;
  return same;
}

size_t CommonSuffix(absl::string_view a, absl::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t same = 0;
  while (same < n && a[a.size() - 1 - same] == b[b.size() - 1 - same]) ++same;
  return same;
}

}  // namespace

std::string WithOtherNumbers(
    absl::string_view text,
    absl::FunctionRef<std::optional<std::string>(absl::string_view)> word) {
  std::string other;
  while (!text.empty()) {
    const size_t begin =
        std::min(text.find_first_of("0123456789"), text.size());
    absl::StrAppend(&other, text.substr(0, begin));
    text.remove_prefix(begin);
    const size_t end =
        std::min(text.find_first_not_of("0123456789"), text.size());
    const absl::string_view number = text.substr(0, end);
    if (number.empty()) break;
    absl::StrAppend(&other, word(number).value_or(std::string(number)));
    text.remove_prefix(end);
  }
  return other;
}

namespace {

// Divides a footprint into objects that aren't names, and names; each has "!"
// where it is written.
void Divide(const Footprint& footprint, std::vector<std::string>& others,
            std::vector<std::string>& names) {
  for (const Access& access : footprint.accesses) {
    const absl::string_view mark = access.write ? "!" : "";
    if (access.object.kind() == Object::Kind::kName) {
      names.push_back(absl::StrCat(mark, access.object.id()));
    } else {
      others.push_back(absl::StrCat(mark, access.object.ToString()));
    }
  }
}

}  // namespace

bool SameButForNames(const std::vector<Footprint>& once,
                     const std::vector<Footprint>& again) {
  if (once.size() != again.size()) return false;
  std::map<std::string, std::string> stands_for;
  std::set<std::string> taken;
  const auto unmarked = [](absl::string_view name) {
    absl::ConsumePrefix(&name, "!");
    return std::string(name);
  };
  for (size_t i = 0; i < once.size(); ++i) {
    std::vector<std::string> others[2];
    std::vector<std::string> names[2];
    Divide(once[i], others[0], names[0]);
    Divide(again[i], others[1], names[1]);
    if (others[0] != others[1] || names[0].size() != names[1].size()) {
      return false;
    }
    // Those that are known, or the same; the others in their order.
    std::vector<std::string> left;
    for (const std::string& name : names[0]) {
      const auto known = stands_for.find(unmarked(name));
      const std::string expected =
          known == stands_for.end()
              ? name
              : absl::StrCat(name[0] == '!' ? "!" : "", known->second);
      const auto same = std::find(names[1].begin(), names[1].end(), expected);
      if (same == names[1].end()) {
        if (known != stands_for.end()) return false;
        left.push_back(name);
        continue;
      }
      stands_for[unmarked(name)] = unmarked(expected);
      taken.insert(unmarked(expected));
      names[1].erase(same);
    }
    for (size_t j = 0; j < left.size(); ++j) {
      const std::string other = unmarked(names[1][j]);
      if ((left[j][0] == '!') != (names[1][j][0] == '!') ||
          !taken.insert(other).second) {
        return false;
      }
      stands_for[unmarked(left[j])] = other;
    }
  }
  return true;
}

void GeneratedNames::Begin(const std::vector<Entry>& initial) {
  if (earlier_.size() > kMaxRemembered) earlier_.clear();
  for (const auto& [name, label] : labels_) ++earlier_[name];
  labels_.clear();
  made_.clear();
  initial_.clear();
  for (const Entry& entry : initial) {
    for (const absl::string_view part : absl::StrSplit(entry.name, '/')) {
      initial_.emplace(part);
    }
  }
}

bool GeneratedNames::IsMadeUp(absl::string_view name) const {
  if (shapes_.empty() || initial_.count(name) != 0 || fixed_.count(name) != 0) {
    return false;
  }
  return std::any_of(shapes_.begin(), shapes_.end(), [&](const Shape& shape) {
    if (name.size() <= shape.prefix.size() + shape.suffix.size()) return false;
    if (shape.length != 0 && name.size() != shape.length) return false;
    absl::string_view rest = name;
    return absl::ConsumePrefix(&rest, shape.prefix) &&
           absl::ConsumeSuffix(&rest, shape.suffix) &&
           (shape.length != 0 || AllDigits(rest));
  });
}

std::string GeneratedNames::Canonical(absl::string_view path,
                                      absl::string_view lettered, int actor) {
  if (shapes_.empty()) return std::string(lettered);
  const std::vector<absl::string_view> raw = absl::StrSplit(path, '/');
  std::vector<std::string> parts = absl::StrSplit(lettered, '/');
  for (size_t i = 0; i < raw.size() && i < parts.size(); ++i) {
    if (!IsMadeUp(raw[i]) && !IsMadeUp(parts[i])) continue;
    const auto [at, is_new] = labels_.emplace(raw[i], "");
    if (is_new) {
      at->second = absl::StrCat("{", LetterOf(actor), ":", ++made_[actor], "}");
      const auto before = earlier_.find(raw[i]);
      reused_ |= before != earlier_.end() && before->second >= kChanceUses;
    }
    parts[i] = at->second;
  }
  return absl::StrJoin(parts, "/");
}

std::string GeneratedNames::Pattern(absl::string_view path) const {
  std::vector<std::string> parts = absl::StrSplit(path, '/');
  for (std::string& part : parts) {
    if (IsMadeUp(part)) part = "*";
  }
  return absl::StrJoin(parts, "/");
}

void GeneratedNames::LearnFixed(absl::string_view path) {
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (absl::StartsWith(part, "{")) continue;  // a label
    fixed_.emplace(part);
  }
}

bool GeneratedNames::LearnPair(absl::string_view once,
                               absl::string_view again) {
  if (once == again) {
    LearnFixed(once);
    return true;
  }
  if (IsMadeUp(once) && IsMadeUp(again)) return true;
  if (shapes_.size() >= kMaxShapes) return false;
  const bool same_length = once.size() == again.size();
  size_t prefix = CommonPrefix(once, again);
  size_t suffix = CommonSuffix(once.substr(prefix), again.substr(prefix));
  const auto middle = [&](absl::string_view name) {
    return name.substr(prefix, name.size() - prefix - suffix);
  };
  Shape shape;
  // A counter may have got another digit; and may be at "19" and "10" now.
  const auto digits_around = [&] {
    while (prefix > 0 && absl::ascii_isdigit(once[prefix - 1])) --prefix;
    while (suffix > 0 && absl::ascii_isdigit(once[once.size() - suffix])) {
      --suffix;
    }
  };
  const size_t least_prefix = prefix;
  const size_t least_suffix = suffix;
  digits_around();
  if (AllDigits(middle(once)) && AllDigits(middle(again))) {
    shape.length = 0;
  } else {
    prefix = least_prefix;
    suffix = least_suffix;
    if (!same_length) return false;
    for (size_t i = 0; i < kChance; ++i) {
      if (prefix > 0 && absl::ascii_isalnum(once[prefix - 1])) --prefix;
      if (suffix > 0 && absl::ascii_isalnum(once[once.size() - suffix])) {
        --suffix;
      }
    }
    shape.length = once.size();
    if (prefix == 0 && suffix == 0 && once.size() < kShortestWhole) {
      return false;
    }
  }
  shape.prefix = std::string(once.substr(0, prefix));
  shape.suffix = std::string(once.substr(once.size() - suffix));
  shapes_.push_back(std::move(shape));
  return true;
}

bool GeneratedNames::KnowsAll(const Footprint& footprint) const {
  for (const Access& access : footprint.accesses) {
    if (access.object.kind() != Object::Kind::kName) continue;
    for (const absl::string_view part :
         absl::StrSplit(access.object.id(), '/')) {
      if (!absl::StartsWith(part, "{") && fixed_.count(part) == 0 &&
          initial_.count(part) == 0) {
        return false;
      }
    }
  }
  return true;
}

bool GeneratedNames::Learn(const Footprint& once, const Footprint& again) {
  const auto split = [](const Footprint& footprint, std::vector<Access>& others,
                        std::vector<std::string>& names) {
    for (const Access& access : footprint.accesses) {
      if (access.object.kind() == Object::Kind::kName) {
        names.push_back(access.object.id());
        others.push_back(
            {Object::Name(""), access.write});  // in the same order
      } else {
        others.push_back(access);
      }
    }
  };
  std::vector<Access> others[2];
  std::vector<std::string> names[2];
  split(once, others[0], names[0]);
  split(again, others[1], names[1]);
  if (others[0] != others[1] || names[0].size() != names[1].size()) {
    return false;
  }
  for (size_t i = 0; i < names[0].size(); ++i) {
    const std::vector<std::string> x = absl::StrSplit(names[0][i], '/');
    const std::vector<std::string> y = absl::StrSplit(names[1][i], '/');
    if (x.size() != y.size()) return false;
    for (size_t part = 0; part < x.size(); ++part) {
      if (!LearnPair(x[part], y[part])) return false;
    }
  }
  return true;
}

}  // namespace conformance::explorer
