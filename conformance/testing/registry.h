// A list to which each file adds its own entries, so that no other file has to
// name them.

#ifndef CONFORMANCE_TESTING_REGISTRY_H_
#define CONFORMANCE_TESTING_REGISTRY_H_

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/log/check.h"
#include "absl/strings/string_view.h"

namespace conformance {

// Of things with a `name`. Entries are added by constants at namespace scope,
// before main, in whatever order the linker has put their files in. So a list
// is a variable of a function, which is there for the first of them, and its
// library is `alwayslink`, since nobody calls what is in those files.
template <typename T>
class Registry {
 public:
  void Add(T entry) {
    CHECK(!complete_) << entry.name << " comes after the list was asked for";
    entries_.push_back(std::move(entry));
  }

  // By name, in alphabetical order. To be asked for in main at the earliest.
  const std::vector<T>& All() {
    if (!complete_) {
      std::sort(entries_.begin(), entries_.end(),
                [](const T& a, const T& b) { return a.name < b.name; });
      complete_ = true;
    }
    return entries_;
  }

 private:
  std::vector<T> entries_;
  bool complete_ = false;
};

// nullptr: there is none.
template <typename T>
const T* FindNamed(const std::vector<T>& all, absl::string_view name) {
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const T& t) { return t.name == name; });
  return it == all.end() ? nullptr : &*it;
}

// For those who know that there is one.
template <typename T>
const T& Named(const std::vector<T>& all, absl::string_view name) {
  const T* const found = FindNamed(all, name);
  CHECK(found != nullptr) << "there is no " << name << " among the "
                          << all.size();
  return *found;
}

}  // namespace conformance

#endif  // CONFORMANCE_TESTING_REGISTRY_H_
