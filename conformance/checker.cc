// The search for an order of effects that explains a history.

#include "conformance/checker.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/history.h"
#include "conformance/model.h"

namespace conformance {
namespace {

constexpr int kNobody = -1;

// Where the search stands: which operations have taken effect, and who holds.
// Operations are sorted by call, so nearly all that have taken effect form a
// prefix; `after` has a bit for each one behind it.
struct Position {
  size_t prefix = 0;
  std::vector<bool> after;
  int holder = kNobody;  // a party

  bool Done(size_t op) const {
    return op < prefix || (op - prefix < after.size() && after[op - prefix]);
  }
  void MarkDone(size_t op) {
    if (after.size() <= op - prefix) after.resize(op - prefix + 1);
    after[op - prefix] = true;
    size_t full = 0;
    while (full < after.size() && after[full]) ++full;
    after.erase(after.begin(), after.begin() + static_cast<ptrdiff_t>(full));
    prefix += full;
  }
  size_t CountDone() const {
    return prefix +
           static_cast<size_t>(std::count(after.begin(), after.end(), true));
  }
  friend bool operator==(const Position& a, const Position& b) {
    return a.prefix == b.prefix && a.holder == b.holder && a.after == b.after;
  }
  template <typename H>
  friend H AbslHashValue(H h, const Position& p) {
    h = H::combine(std::move(h), p.prefix, p.holder, p.after.size());
    for (const bool done : p.after) h = H::combine(std::move(h), done);
    return h;
  }
};

class LinearizationSearch {
 public:
  LinearizationSearch(const std::vector<Operation>& ops, size_t budget)
      : ops_(ops), budget_(budget) {
    std::map<std::pair<int, std::string>, int> parties;
    for (const Operation& op : ops_) {
      const auto [it, added] = parties.try_emplace(
          {op.contender, op.handle}, static_cast<int>(parties.size()));
      if (added) contender_of_.push_back(op.contender);
      party_.push_back(it->second);
    }
  }

  CheckResult Run() {
    CheckResult result;
    std::vector<Position> open = {Position()};
    absl::flat_hash_set<Position> seen(open.begin(), open.end());
    Position furthest;
    while (!open.empty()) {
      if (++result.steps > budget_) {
        result.legality = Legality::kUnknown;
        result.why = absl::StrCat("the search gave up after ", budget_,
                                  " steps; the history is too concurrent");
        return result;
      }
      const Position here = std::move(open.back());
      open.pop_back();
      if (here.prefix == ops_.size()) return result;
      if (here.CountDone() > furthest.CountDone()) furthest = here;
      for (const size_t op : Candidates(here)) {
        for (const std::optional<int>& holder : Outcomes(here, op)) {
          if (!holder.has_value()) continue;
          Position next = here;
          next.MarkDone(op);
          next.holder = *holder;
          if (seen.insert(next).second) open.push_back(std::move(next));
        }
      }
    }
    result.legality = Legality::kIllegal;
    Explain(furthest, result);
    return result;
  }

 private:
  // The operations that may come next: none that is still to come had finished
  // before they were called.
  std::vector<size_t> Candidates(const Position& here) const {
    std::vector<size_t> candidates;
    absl::Duration first_finish = absl::InfiniteDuration();
    for (size_t op = here.prefix; op < ops_.size(); ++op) {
      if (here.Done(op)) continue;
      if (ops_[op].call > first_finish) break;
      first_finish = std::min(first_finish, ops_[op].finish);
      candidates.push_back(op);
    }
    // A process does nothing after its death.
    const auto dies_too_soon = [&](size_t op) {
      return ops_[op].kind == Operation::Kind::kDeath &&
             std::any_of(candidates.begin(), candidates.end(), [&](size_t o) {
               return o != op && ops_[o].contender == ops_[op].contender &&
                      ops_[o].call < ops_[op].finish;
             });
    };
    std::vector<size_t> possible;
    for (const size_t op : candidates) {
      if (ops_[op].call <= first_finish && !dies_too_soon(op)) {
        possible.push_back(op);
      }
    }
    return possible;
  }

  // The possible holders after `op`; nullopt where its answer was impossible.
  // An unanswered acquisition has two outcomes: it happened, and it did not.
  std::vector<std::optional<int>> Outcomes(const Position& here,
                                           size_t op) const {
    const Operation& o = ops_[op];
    const int me = party_[op];
    LockState state = here.holder == kNobody ? LockState::kUnlocked
                      : here.holder == me    ? LockState::kHeldByMe
                                             : LockState::kHeldByOther;
    if (o.kind == Operation::Kind::kDeath && here.holder != kNobody &&
        contender_of_[static_cast<size_t>(here.holder)] == o.contender) {
      state = LockState::kHeldByMe;
    }
    const auto holder_after = [&](Action action) -> std::optional<int> {
      switch (Step(state, action).next) {
        case LockState::kUnlocked:
          return kNobody;
        case LockState::kHeldByMe:
          return me;
        case LockState::kHeldByOther:
          return here.holder;
      }
      return std::nullopt;
    };
    if (o.kind == Operation::Kind::kRelease) {
      if (o.result == Operation::Result::kNothing) return {here.holder};
      if (o.result == Operation::Result::kUnknown) {
        return {here.holder, holder_after(Action::kRelease)};
      }
      return {holder_after(Action::kRelease)};
    }
    if (o.kind == Operation::Kind::kDeath)
      return {holder_after(Action::kDeath)};
    const bool granted = Step(state, Action::kAcquire).granted;
    const std::optional<int> taken =
        granted ? holder_after(Action::kAcquire) : std::nullopt;
    switch (o.result) {
      case Operation::Result::kAcquired:
        return {taken};
      case Operation::Result::kRefused:
        return {granted ? std::nullopt : std::optional<int>(here.holder)};
      case Operation::Result::kUnknown:
        return {here.holder, taken};
      case Operation::Result::kNothing:
      case Operation::Result::kDone:
        return {here.holder};
    }
    return {};
  }

  // Names the operation at which every order got stuck, and why.
  void Explain(const Position& stuck, CheckResult& result) const {
    size_t at = ops_.size();
    for (const size_t op : Candidates(stuck)) {
      if (at == ops_.size() || ops_[op].finish < ops_[at].finish) at = op;
    }
    if (at == ops_.size()) return;
    result.witness.push_back(ops_[at]);
    if (stuck.holder == kNobody) {
      result.why = absl::StrCat(ops_[at].ToString(),
                                ", although nobody can have held the lock");
      return;
    }
    result.why = absl::StrCat(ops_[at].ToString(), ", although ");
    for (size_t op = ops_.size(); op-- > 0;) {
      if (party_[op] == stuck.holder && stuck.Done(op) &&
          ops_[op].kind == Operation::Kind::kAcquire) {
        absl::StrAppend(&result.why, ContenderLabel(ops_[op].contender),
                        " held the lock: ", ops_[op].ToString());
        result.witness.push_back(ops_[op]);
        break;
      }
    }
  }

  const std::vector<Operation>& ops_;
  const size_t budget_;
  std::vector<int> party_;         // of each operation
  std::vector<int> contender_of_;  // of each party
};

// The span in which a party held for certain: from the answer `acquired` to
// the next release or death of the same party being called.
struct Tenure {
  const Operation* acquired;
  absl::Duration from, to;
};

// Two tenures that overlap are the plainest witness there is, so they are
// looked for before the search.
std::optional<std::pair<Tenure, Tenure>> Overlap(
    const std::vector<Operation>& ops) {
  std::vector<Tenure> tenures;
  for (const Operation& op : ops) {
    if (op.kind != Operation::Kind::kAcquire ||
        op.result != Operation::Result::kAcquired) {
      continue;
    }
    absl::Duration to = absl::InfiniteDuration();
    for (const Operation& end : ops) {
      const bool ends =
          end.contender == op.contender &&
          (end.kind == Operation::Kind::kDeath ||
           (end.kind == Operation::Kind::kRelease && end.handle == op.handle));
      if (ends && end.call >= op.finish) to = std::min(to, end.call);
    }
    tenures.push_back({&op, op.finish, to});
  }
  std::sort(tenures.begin(), tenures.end(),
            [](const Tenure& a, const Tenure& b) { return a.from < b.from; });
  for (size_t i = 1; i < tenures.size(); ++i) {
    if (tenures[i].from < tenures[i - 1].to) {
      return std::make_pair(tenures[i - 1], tenures[i]);
    }
  }
  return std::nullopt;
}

absl::string_view ResultName(const Operation& op) {
  switch (op.result) {
    case Operation::Result::kAcquired:
      return "acquired";
    case Operation::Result::kRefused:
      return "refused";
    case Operation::Result::kNothing:
      return "error";
    case Operation::Result::kDone:
      return "done";
    case Operation::Result::kUnknown:
      return "no answer";
  }
  return "";
}

Operation::Result ResultOf(const std::string& word) {
  if (word == "acquired") return Operation::Result::kAcquired;
  if (word == "busy") return Operation::Result::kRefused;
  if (word == "released") return Operation::Result::kDone;
  return Operation::Result::kNothing;
}

}  // namespace

std::string Operation::ToString() const {
  const absl::string_view verb = kind == Kind::kAcquire   ? "acquire"
                                 : kind == Kind::kRelease ? "release"
                                                          : "death";
  return absl::StrFormat(
      "%s %s%s%s: %s [%.3f, %.3f ms]", ContenderLabel(contender), verb,
      handle.empty() ? "" : " ", handle, ResultName(*this),
      absl::ToDoubleMilliseconds(call), absl::ToDoubleMilliseconds(finish));
}

CheckResult CheckOperations(std::vector<Operation> operations, size_t budget) {
  std::stable_sort(
      operations.begin(), operations.end(),
      [](const Operation& a, const Operation& b) { return a.call < b.call; });
  if (const auto overlap = Overlap(operations)) {
    const auto& [first, second] = *overlap;
    CheckResult result;
    result.legality = Legality::kIllegal;
    result.witness = {*first.acquired, *second.acquired};
    result.why = absl::StrFormat(
        "two held the lock at once: %s had it from %.3f ms and had not given "
        "it back when %s got it at %.3f ms",
        ContenderLabel(first.acquired->contender),
        absl::ToDoubleMilliseconds(first.from),
        ContenderLabel(second.acquired->contender),
        absl::ToDoubleMilliseconds(second.from));
    return result;
  }
  return LinearizationSearch(operations, budget).Run();
}

std::vector<Operation> OperationsOn(const History& history,
                                    absl::string_view path) {
  std::vector<Operation> ops;
  std::map<std::pair<int, std::string>, std::string> path_of;
  std::map<int, size_t> unanswered;  // contender -> index into ops
  // The same of acquisitions that were cancelled: there is another answer then,
  // `cancelling` or an error, which can come first.
  std::map<int, size_t> cancelled;
  std::map<int, absl::Duration> killed;
  std::map<int, absl::Duration> last_seen;
  for (const Event& event : history.events()) {
    const std::vector<std::string>& f = event.fields;
    const bool asked = event.kind == Event::Kind::kAsked && !f.empty();
    if (asked && f[0] == "cancel") {
      const auto it = unanswered.find(event.contender);
      if (it != unanswered.end()) cancelled[event.contender] = it->second;
    } else if (asked) {
      cancelled.erase(event.contender);
    }
    if (event.kind == Event::Kind::kAsked && f.size() >= 2 &&
        (f[0] == "acquire" || f[0] == "thread" || f[0] == "release")) {
      const bool acquire = f[0] != "release";
      if (acquire) path_of[{event.contender, f[1]}] = f[2];
      if (path_of[{event.contender, f[1]}] != path) continue;
      Operation op;
      op.contender = event.contender;
      op.handle = f[1];
      op.kind = acquire ? Operation::Kind::kAcquire : Operation::Kind::kRelease;
      op.call = event.at;
      op.finish = absl::InfiniteDuration();
      unanswered[event.contender] = ops.size();
      ops.push_back(op);
    } else if (event.kind == Event::Kind::kAnswered && !f.empty()) {
      auto it = unanswered.find(event.contender);
      if (it == unanswered.end()) {
        // So the error that came first was no answer of the acquisition's.
        it = cancelled.find(event.contender);
        if (it == cancelled.end() || f[0] == "error") continue;
      }
      if (f[0] == "cancelling") continue;
      ops[it->second].result = ResultOf(f[0]);
      ops[it->second].finish = event.at;
      unanswered.erase(event.contender);
    } else if (event.kind == Event::Kind::kSignalled && !f.empty() &&
               f[0] == "fatal") {
      killed.try_emplace(event.contender, event.at);
    } else if (event.kind == Event::Kind::kEnded) {
      Operation op;
      op.contender = event.contender;
      op.kind = Operation::Kind::kDeath;
      op.result = Operation::Result::kDone;
      const auto it = killed.find(event.contender);
      // A death that nobody asked for came some time after the last sign of
      // life.
      op.call = it == killed.end() ? last_seen[event.contender] : it->second;
      op.finish = event.at;
      const auto last = unanswered.find(event.contender);
      if (last != unanswered.end()) {
        ops[last->second].finish = event.at;
        unanswered.erase(last);
      }
      // Killed in the midst of its work, it may have left a child that still
      // does a part of that (a shell and its flock(1)), and ends soon after.
      // And of some locks the first attempt after a death only clears up.
      if (it != killed.end()) op.finish = absl::InfiniteDuration();
      ops.push_back(op);
    }
    last_seen[event.contender] = event.at;
  }
  return ops;
}

}  // namespace conformance
