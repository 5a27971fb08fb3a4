// The phases of a campaign, and the division of its time.

#include "conformance/explorer/campaign/campaign.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/explorer/campaign/explorer.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/campaign/shared_work.h"
#include "conformance/explorer/execution/initial_state.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "conformance/explorer/schedules/tree_search.h"
#include "conformance/monotonic_now.h"
#include "conformance/protocol.h"
#include "conformance/shard.h"

namespace conformance::explorer {
namespace {

// Whether the answer to hello claims that contenders can wait for ever.
bool ClaimsForever(const std::string& introduction) {
  const absl::StatusOr<Answer> answer = ParseAnswer(introduction);
  return answer.ok() && answer->introduction.can.count("forever") != 0;
}

// At first each search makes so many executions, then four times as many...:
// most of what can be found is found by a few in the right search, whichever
// that is, and they are the same on a slow machine.
constexpr int64_t kFirstExecutions = 100;
// Enough for each error of each call of a try.
constexpr int64_t kFirstExecutionsWithFaults = 4000;
// For all orders of what three contenders are told.
constexpr int64_t kFirstExecutionsOfEnds = 400;
constexpr int64_t kGrowth = 4;
constexpr int kRounds = 4;

// The share of a search that comes later, where another has 1.
constexpr double kShareOfThoseLater = 0.25;

// The time after the budget in which everything stops, and a finding of the
// last moment is shown again: a share of the budget, within bounds.
constexpr double kShareAfterTheEnd = 0.1;
constexpr absl::Duration kLeastAfterTheEnd = absl::Seconds(1);
constexpr absl::Duration kMostAfterTheEnd = absl::Seconds(5);

// Of the budget: at least so much is for everything once more.
constexpr double kLeastShareAgain = 0.1;

// Of the budget.
constexpr double kShareOfFirstLook = 0.25;

// Two searches that differ in the folder at the start only.
bool DifferInFolderOnly(const Search& a, const Search& b) {
  return a.cycles == b.cycles && a.waits == b.waits && a.fresh == b.fresh &&
         a.ends == b.ends && a.order == b.order && a.faults == b.faults &&
         a.max_preemptions == b.max_preemptions &&
         a.initial.name != b.initial.name;
}

// Whether two contenders with one cycle each, all interleavings of them, did
// the same from both folders.
bool SameWhenSmall(const std::vector<OngoingSearch>& runs, const Search& a,
                   const Search& b) {
  const OngoingSearch* small[2] = {nullptr, nullptr};
  for (const OngoingSearch& run : runs) {
    const Search& search = run.search;
    if (!IsSmall(search.cycles) || search.fresh || !search.ends.empty() ||
        search.max_preemptions <= 1 || search.faults != Search::Faults::kNone ||
        search.waits != a.waits) {
      continue;
    }
    if (search.initial.name == a.initial.name) small[0] = &run;
    if (search.initial.name == b.initial.name) small[1] = &run;
  }
  return small[0] != nullptr && small[1] != nullptr &&
         small[0]->searched.complete && small[1]->searched.complete &&
         small[0]->searched.fingerprint == small[1]->searched.fingerprint;
}

// FNV-1a, 64 bits.
uint64_t HashOf(const std::vector<Search>& searches) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const Search& search : searches) {
    for (const char c :
         absl::StrCat(search.Describe(), search.DescribeFolder(), "\n")) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return hash;
}

// Deeper than for processes, which take parts as they come: some parts are many
// times as large as others, and only many of them even that out.
size_t PartDepthFor(const Shard& shard) {
  if (shard.is_whole()) return TreeSearch::kPartDepth;
  size_t depth = TreeSearch::kPartDepth + 2;
  for (int shards = 1; shards < shard.count; shards *= 2) ++depth;
  return depth;
}

// The search needn't be done again if it is over, nor what it has found be
// found again. One shard can't know whether the look of another was over.
void TakeOver(OngoingSearch look, const Shard& shard, OngoingSearch& run) {
  look.over &= shard.is_whole();
  run.over = look.over;
  run.known = std::move(look.known);
  SearchResult& searched = run.searched;
  if (look.over && run.limits.worker == 0) {
    searched = std::move(look.searched);
    return;
  }
  // All workers have done the same, which counts once; the rest is done again,
  // and counted then.
  searched.findings = std::move(look.searched.findings);
  // It has begun, which nobody may take for not having looked.
  if (!searched.findings.empty()) searched.why = look.searched.why;
  if (!look.over) return;
  searched.complete = look.searched.complete;
  searched.why = std::move(look.searched.why);
  searched.statistics.exhausted = look.searched.statistics.exhausted;
}

// One campaign, phase by phase.
class CampaignRun {
 public:
  // `shared_work`: null for the only worker.
  CampaignRun(const CampaignOptions& options, SharedWork* shared_work,
              int worker, int workers)
      : options_(options),
        plan_(options.plan),
        shared_work_(shared_work),
        worker_(worker),
        workers_(workers),
        begun_(MonotonicNow()),
        end_(begun_ + options.budget) {}

  absl::StatusOr<Part> Run() && {
    absl::Status status = Create();
    for (const Phase phase :
         {&CampaignRun::LookAtWhatIsNear, &CampaignRun::Learn,
          &CampaignRun::Begin, &CampaignRun::SearchInRounds}) {
      if (status.ok() && part_.ended == Part::Ended::kDone) {
        status = (this->*phase)();
      }
    }
    if (!status.ok()) return status;
    if (part_.ended == Part::Ended::kDone) TakeResults();
    return std::move(part_);
  }

 private:
  // Each may end the whole, which `part_` says then.
  using Phase = absl::Status (CampaignRun::*)();

  absl::Status Create();
  absl::Status LookAtWhatIsNear();
  absl::Status Learn();
  absl::Status Begin();
  absl::Status SearchInRounds();
  // Of a run: whether there is more to do.
  absl::StatusOr<bool> GoOnWith(size_t i, bool later, int64_t executions);
  absl::StatusOr<bool> GoOnUntil(explorer::OngoingSearch& run,
                                 absl::Duration until, int64_t executions);
  void TakeResults();

  bool exhaustive() const { return plan_.order == Search::Order::kExhaustive; }
  bool done() const { return found_ && options_.stop_at_first; }
  std::vector<Search> Searches() const {
    return SearchesOf(plan_, options_.explorer.lock, waits_, crash_states_);
  }
  SearchLimits LimitsOf(size_t i, size_t searches);
  // Of those that are open from `i` on, and those that come later: how many
  // shares the time that is left is divided into.
  double SharesFrom(size_t i, bool later) const;
  void Report(size_t i, size_t searches, const Statistics& present) const;

  const CampaignOptions& options_;
  const Plan& plan_;
  SharedWork* const shared_work_;
  const int worker_;
  const int workers_;
  const absl::Duration begun_;
  const absl::Duration end_;
  std::unique_ptr<Explorer> explorer_;
  bool waits_ = false;  // contenders that wait are also searched
  std::vector<Search> crash_states_;
  std::vector<explorer::OngoingSearch> looks_;  // at what is near
  std::vector<explorer::OngoingSearch> runs_;
  bool found_ = false;
  Part part_;
  // Of all searches but the present one, for reports of progress.
  Statistics others_;
};

absl::Status CampaignRun::Create() {
  ExplorerOptions explorer_options = options_.explorer;
  explorer_options.tracing.end =
      end_ + std::clamp(options_.budget * kShareAfterTheEnd, kLeastAfterTheEnd,
                        kMostAfterTheEnd);
  absl::StatusOr<std::unique_ptr<Explorer>> created =
      Explorer::Create(explorer_options);
  if (!created.ok()) return created.status();
  explorer_ = *std::move(created);
  if (explorer_->time_is_up()) {
    part_.ended = Part::Ended::kNotBegun;
    return absl::OkStatus();
  }
  // One that waits in a call that isn't seen would seem to hang.
  waits_ = ClaimsForever(explorer_->introduction()) &&
           !options_.explorer.separate_commands;
  return absl::OkStatus();
}

void CampaignRun::Report(size_t i, size_t searches,
                         const Statistics& present) const {
  SharedWork::Progress& progress = shared_work_->progress(worker_);
  progress.search = static_cast<int64_t>(i);
  progress.searches = static_cast<int64_t>(searches);
  progress.schedules = others_.schedules + present.schedules;
  progress.pruned = others_.pruned + present.pruned;
  progress.steps = others_.steps + present.steps;
  progress.depth = present.max_depth;
  progress.remaining = present.remaining;
}

SearchLimits CampaignRun::LimitsOf(size_t i, size_t searches) {
  SearchLimits limits;
  limits.keep_going = options_.keep_going;
  // Other shards may have other numbers of workers.
  limits.worker = options_.shard.number - 1 + options_.shard.count * worker_;
  limits.workers = workers_ * options_.shard.count;
  limits.part_depth = PartDepthFor(options_.shard);
  limits.end = end_;
  limits.faultless = plan_.interleavings;
  if (shared_work_ == nullptr) return limits;
  limits.stop = [shared_work = shared_work_] { return shared_work->aborted(); };
  limits.on_progress = [this, i, searches](const Statistics& present) {
    Report(i, searches, present);
  };
  return limits;
}

// Learning takes long where contenders take long to start, or nap in calls that
// aren't seen; and most races show in a few schedules of the smallest search.
// So each worker begins with those that are near, which lead the others.
absl::Status CampaignRun::LookAtWhatIsNear() {
  if (!exhaustive()) return absl::OkStatus();
  const std::vector<Search> searches = Searches();
  const absl::Duration until =
      MonotonicNow() + options_.budget * kShareOfFirstLook;
  for (size_t i = 0; i < searches.size() && IsNear(searches[i]); ++i) {
    if (i == 0) {
      absl::Status learnt = explorer_->LearnNames(searches[i].initial);
      if (!learnt.ok()) return learnt;
      if (explorer_->time_is_up()) break;
    }
    looks_.push_back(
        Explorer::Begin(searches[i], LimitsOf(i, searches.size())));
    explorer::OngoingSearch& look = looks_.back();
    const bool faults = searches[i].faults != Search::Faults::kNone;
    const absl::StatusOr<bool> more = GoOnUntil(
        look, until, faults ? kFirstExecutionsWithFaults : kFirstExecutions);
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  return absl::OkStatus();
}

// Which names are made up anew each time, and what crashes leave.
absl::Status CampaignRun::Learn() {
  // Several workers must have the same searches.
  if (!exhaustive() || (done() && workers_ == 1 && options_.shard.is_whole())) {
    return absl::OkStatus();
  }
  for (const InitialState& state : StatesFor(plan_, options_.explorer.lock)) {
    if (!looks_.empty() && state.name == looks_.front().search.initial.name) {
      continue;
    }
    absl::Status learnt = explorer_->LearnNames(state);
    if (!learnt.ok()) return learnt;
    if (explorer_->time_is_up()) break;
  }
  if (!plan_.interleavings || !plan_.crash_states) return absl::OkStatus();
  absl::StatusOr<std::vector<Search>> states = explorer_->CrashStates();
  if (!states.ok()) return states.status();
  crash_states_ = *std::move(states);
  return absl::OkStatus();
}

absl::Status CampaignRun::Begin() {
  const std::vector<Search> searches = Searches();
  if (shared_work_ != nullptr && !shared_work_->Agrees(HashOf(searches))) {
    part_.ended = Part::Ended::kDisagrees;
    return absl::OkStatus();
  }
  for (size_t i = 0; i < searches.size(); ++i) {
    SearchLimits limits = LimitsOf(i, searches.size());
    if (shared_work_ == nullptr && !options_.shard.is_whole()) {
      limits.mine = [this, i](int64_t part) {
        return options_.shard.Owns(i, part);
      };
    }
    if (shared_work_ != nullptr) {
      SharedWork& shared_work = *shared_work_;
      limits.mine = [&shared_work, this, i](int64_t part) {
        const Shard& shard = options_.shard;
        return shard.Owns(i, part) &&
               shared_work.Take(i, part / shard.count, worker_, workers_);
      };
      if (!options_.keep_going) {
        limits.found = [&shared_work, i](int64_t part) {
          shared_work.Found(i, part);
        };
        limits.needless = [&shared_work, i](int64_t part) {
          return shared_work.Needless(i, part);
        };
      }
    }
    runs_.push_back(Explorer::Begin(searches[i], limits));
  }
  for (size_t i = 0; i < looks_.size(); ++i) {
    TakeOver(std::move(looks_[i]), options_.shard, runs_[i]);
  }
  return absl::OkStatus();
}

double CampaignRun::SharesFrom(size_t i, bool later) const {
  double shares = 0;
  for (size_t j = 0; j < runs_.size(); ++j) {
    if (runs_[j].over) continue;
    const bool waits = !later && ComesLater(runs_, j);
    if (waits || j >= i) shares += waits ? kShareOfThoseLater : 1;
  }
  return shares;
}

absl::StatusOr<bool> CampaignRun::GoOnUntil(explorer::OngoingSearch& run,
                                            absl::Duration until,
                                            int64_t executions) {
  const absl::StatusOr<Onward> onward =
      explorer_->Continue(run, until, executions);
  if (!onward.ok()) return onward.status();
  if (*onward == Onward::kAgain) {
    part_.ended = Part::Ended::kAgain;
    part_.because = explorer_->again_because();
    return false;
  }
  found_ |= !run.searched.findings.empty();
  return !done();
}

// False also when the time is up.
absl::StatusOr<bool> CampaignRun::GoOnWith(size_t i, bool later,
                                           int64_t executions) {
  explorer::OngoingSearch& run = runs_[i];
  const absl::Duration now = MonotonicNow();
  // One look at each is worth being late for, unless there is a finding.
  if (now >= end_ && (found_ || run.searched.took > absl::ZeroDuration() ||
                      now >= end_ + options_.budget / 10)) {
    return false;
  }
  const Search& search = run.search;
  if (!search.ends.empty() && search.max_preemptions == 0) {
    executions = std::max(executions, kFirstExecutionsOfEnds);
  }
  others_ = Statistics();
  for (const explorer::OngoingSearch& other : runs_) {
    if (&other == &run) continue;
    others_.schedules += other.searched.statistics.schedules;
    others_.pruned += other.searched.statistics.pruned;
    others_.steps += other.searched.statistics.steps;
  }
  return GoOnUntil(
      run,
      now + std::max(absl::ZeroDuration(), end_ - now) / SharesFrom(i, later),
      executions);
}

// Each has its share of the time that is left. Time that some don't need
// is for those that could do more with it.
absl::Status CampaignRun::SearchInRounds() {
  int64_t executions = kFirstExecutions;
  size_t open = runs_.size();
  if (done()) return absl::OkStatus();
  for (int round = 0; open > 0; ++round) {
    const bool later = round > kRounds;  // their time has come
    if (round == kRounds) executions = INT64_MAX;
    open = 0;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].over) continue;
      if (!later && ComesLater(runs_, i)) {
        ++open;
        continue;
      }
      const absl::StatusOr<bool> more = GoOnWith(i, later, executions);
      if (!more.ok()) return more.status();
      if (!*more) return absl::OkStatus();
      open += runs_[i].over ? 0 : 1;
    }
    if (round < kRounds) executions *= kGrowth;
  }
  return absl::OkStatus();
}

void CampaignRun::TakeResults() {
  Exploration& explored = part_.explored;
  explored.introduction = explorer_->introduction();
  explored.shards = {options_.shard.number};
  explored.shard_count = options_.shard.count;
  explored.separate_commands = options_.explorer.separate_commands;
  explored.separate_commands_because = options_.separate_commands_because;
  for (explorer::OngoingSearch& run : runs_) {
    if (!run.over && run.searched.why.empty()) {
      // It hasn't begun.
      if (options_.stop_at_first) continue;
      run.searched.why = "the time was up";
    } else if (!run.over && done()) {
      run.searched.why = run.searched.findings.empty()
                             ? "another search has found a violation"
                             : "it has found a violation";
    }
    // Those of a first look are not met again if the time is up before.
    run.searched.violations =
        std::max(run.searched.violations,
                 static_cast<int64_t>(run.searched.findings.size()));
    explored.searches.push_back(run.search.Describe());
    explored.folders.push_back(run.search.DescribeFolder());
    explored.searched.push_back(std::move(run.searched));
  }
  explorer_->Account(explored);
  explored.took = MonotonicNow() - begun_;
}

}  // namespace

bool ComesLater(const std::vector<OngoingSearch>& runs, size_t i) {
  const Search& search = runs[i].search;
  if (IsSmall(search.cycles) || search.max_preemptions <= 1) return false;
  for (size_t j = 0; j < i; ++j) {
    if (DifferInFolderOnly(runs[j].search, runs[i].search) &&
        SameWhenSmall(runs, runs[j].search, runs[i].search)) {
      return true;
    }
  }
  return false;
}

CampaignOptions WithoutCopies(const CampaignOptions& options,
                              const std::string& because,
                              absl::Duration begun) {
  CampaignOptions again = options;
  again.explorer.copies = false;
  again.explorer.separate_commands = true;
  again.separate_commands_because = because;
  again.budget = std::max(options.budget * kLeastShareAgain,
                          options.budget - (MonotonicNow() - begun));
  return again;
}

absl::StatusOr<Part> RunPartOfCampaign(const CampaignOptions& options,
                                       SharedWork& shared_work, int worker,
                                       int workers) {
  absl::StatusOr<Part> part =
      CampaignRun(options, &shared_work, worker, workers).Run();
  if (part.ok() && part->ended == Part::Ended::kAgain) shared_work.Abort();
  return part;
}

absl::StatusOr<Exploration> RunCampaign(const CampaignOptions& options) {
  const absl::Duration begun = MonotonicNow();
  absl::StatusOr<Part> whole = CampaignRun(options, nullptr, 0, 1).Run();
  if (whole.ok() && whole->ended == Part::Ended::kAgain) {
    const CampaignOptions again = WithoutCopies(options, whole->because, begun);
    whole = CampaignRun(again, nullptr, 0, 1).Run();
  }
  if (!whole.ok()) return whole.status();
  if (whole->ended == Part::Ended::kAgain) {
    return absl::InternalError(
        absl::StrCat("it was to begin again twice: ", whole->because));
  }
  return std::move(whole->explored);
}

}  // namespace conformance::explorer
