// Verdicts that wait until those of the requirements that theirs rest on are
// known, and what is said of them then.

#include "conformance/explanations.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"

namespace conformance {

void Explanations::Add(const Verdict& verdict) {
  come_[verdict.id] = verdict;
  waiting_.push_back(verdict.id);
  HandOn(/*run_others=*/false);
}

void Explanations::GiveUp() {
  for (const std::string& id : waiting_) {
    Verdict verdict = come_[id];
    verdict.happened = absl::StrCat(
        "the run was ended before it was known whether a more basic "
        "requirement explains it; ",
        OutcomeName(verdict.outcome), ": ", verdict.happened);
    verdict.outcome = Outcome::kNotJudged;
    if (options_.on_verdict) options_.on_verdict(verdict);
  }
  if (options_.on_interrupt) options_.on_interrupt();
}

std::vector<Verdict> Explanations::Finish() {
  HandOn(/*run_others=*/true);
  std::vector<Verdict> verdicts;
  for (const Requirement& requirement : requirements_) {
    verdicts.push_back(come_[std::string(requirement.id)]);
  }
  return verdicts;
}

void Explanations::HandOn(bool run_others) {
  bool force = false;
  for (bool progress = true; progress || (run_others && !force);) {
    // Those whose basics have still to be settled come after these.
    force = run_others && !progress;
    progress = false;
    for (size_t i = 0; i < waiting_.size(); ++i) {
      Verdict& verdict = come_[waiting_[i]];
      if (!Settle(verdict, run_others, force)) continue;
      if (options_.on_verdict) options_.on_verdict(verdict);
      waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(i));
      progress = true;
      break;
    }
  }
}

bool Explanations::IsWaiting(absl::string_view id) const {
  return std::find(waiting_.begin(), waiting_.end(), id) != waiting_.end();
}

const Requirement* Explanations::Selected(absl::string_view id) const {
  for (const Requirement& requirement : requirements_) {
    if (requirement.id == id) return &requirement;
  }
  return nullptr;
}

const Verdict* Explanations::Basic(const std::string& id, bool run_others) {
  if (Selected(id) != nullptr) {
    const auto it = come_.find(id);
    return it == come_.end() || IsWaiting(id) ? nullptr : &it->second;
  }
  KnownVerdicts& known = known_ != nullptr ? *known_ : others_;
  const auto it = known.find(id);
  if (it != known.end()) return &it->second;
  if (!run_others || !options_.find_requirement) return nullptr;
  const Requirement* requirement = options_.find_requirement(id);
  Verdict verdict;
  if (requirement != nullptr) {
    RunOptions quiet = options_;
    quiet.on_progress = nullptr;
    quiet.on_verdict = nullptr;
    quiet.on_interrupt = [this] { GiveUp(); };
    verdict = RunRequirements({*requirement}, quiet, &known).front();
  }
  return &known.emplace(id, std::move(verdict)).first->second;
}

bool Explanations::Settle(Verdict& verdict, bool run_others, bool force) {
  if (!IsFailure(verdict.outcome)) return true;
  const Requirement* requirement = Selected(verdict.id);
  std::vector<std::string> basics(requirement->rests_on.begin(),
                                  requirement->rests_on.end());
  if (!verdict.explained_by.empty()) {
    // A holder that loses the lock by and by lets others in at any step.
    if (verdict.explained_by == kExcludes && verdict.id != kHolds) {
      basics.insert(basics.begin(), std::string(kHolds));
    }
    basics.insert(basics.begin(), verdict.explained_by);
  }
  for (const std::string& id : basics) {
    const Verdict* basic = Basic(id, run_others);
    if (basic == nullptr && !force) return false;
    if (basic == nullptr) continue;
    // One that isn't judged names what explains it.
    const bool unjudged = basic->outcome == Outcome::kNotJudged;
    if (!IsFailure(basic->outcome) && !unjudged) continue;
    verdict.explained_by = unjudged ? basic->explained_by : id;
    verdict.happened = absl::StrCat(
        "it rests on ", verdict.explained_by, ", which is broken; ",
        OutcomeName(verdict.outcome), ": ", verdict.happened);
    verdict.outcome = Outcome::kNotJudged;
    return true;
  }
  verdict.explained_by.clear();
  return true;
}

}  // namespace conformance
