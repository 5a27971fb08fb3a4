// The searches against brute force, on hundreds of random small programs: the
// same outcomes, exactly one schedule of each equivalence class, exactly those
// with few preemptions. Sets of outcomes alone would let a search pass that
// leaves classes out; numbers of classes don't. Broken twins show that.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/depth_first.h"
#include "conformance/explorer/schedules/lot.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/preemption_bounded.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

using ::testing::HasSubstr;

using Call = Instruction::Call;

// ---- Brute force: copies the model's state, and knows no scheduler ----

struct Visited {
  bool fault_while_waiting = false;
  std::vector<Step> steps;
  std::vector<Footprint> footprints;
  int preemptions = 0;
};

void Enumerate(
    const ModelKernel& kernel, int faults, Visited& visited,
    absl::FunctionRef<void(const ModelKernel&, const Visited&)> visit) {
  if (!kernel.AnyEnabled()) {
    visit(kernel, visited);
    return;
  }
  const std::vector<ActorState> actors = kernel.Actors();
  for (const ActorState& state : actors) {
    std::vector<Step> steps;
    if (state.enabled) steps.push_back(Step{state.actor});
    if (faults > 0) {
      steps.insert(steps.end(), state.faults.begin(), state.faults.end());
    }
    const int before = visited.steps.empty() ? -1 : visited.steps.back().actor;
    const bool preempts = before >= 0 && before != state.actor &&
                          actors[before].enabled && !actors[before].yielded &&
                          !actors[before].idle;
    for (const Step& step : steps) {
      ModelKernel next = kernel;
      visited.fault_while_waiting |= !state.enabled;
      visited.footprints.push_back(next.Execute(step));
      visited.steps.push_back(step);
      visited.preemptions += preempts;
      Enumerate(next, faults - (step.kind != Step::Kind::kRun), visited, visit);
      visited.preemptions -= preempts;
      visited.steps.pop_back();
      visited.footprints.pop_back();
    }
  }
}

std::string Text(const std::vector<Step>& steps) {
  return absl::StrJoin(steps, " ", [](std::string* out, const Step& s) {
    absl::StrAppend(out, s.ToString());
  });
}

// The normal form of Foata: each step as early as those allow that it depends
// on, and in alphabetical order where there is none. Two schedules are
// equivalent if and only if theirs is the same.
std::string ClassOf(const std::vector<Step>& steps,
                    const std::vector<Footprint>& footprints) {
  std::vector<size_t> level(steps.size());
  std::map<size_t, std::vector<std::string>> levels;
  for (size_t i = 0; i < steps.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (steps[i].actor == steps[j].actor ||
          Conflict(footprints[i], footprints[j])) {
        level[i] = std::max(level[i], level[j] + 1);
      }
    }
    levels[level[i]].push_back(steps[i].ToString());
  }
  std::string form;
  for (auto& [number, words] : levels) {
    std::sort(words.begin(), words.end());
    absl::StrAppend(&form, absl::StrJoin(words, " "), " | ");
  }
  return form;
}

struct Truth {
  std::set<std::string> schedules;
  std::map<int, std::set<std::string>> by_preemptions;
  std::map<std::string, std::string> outcome_of_class;
  std::set<std::string> outcomes;
  bool consistent = true;  // equivalent schedules have the same outcome
  bool deadlock = false;
  bool fault_while_waiting = false;
};

Truth BruteForce(const ModelKernel& start, int faults = 0) {
  Truth truth;
  Visited visited;
  Enumerate(start, faults, visited,
            [&](const ModelKernel& end, const Visited& v) {
              const std::string text = Text(v.steps);
              const std::string outcome = end.Outcome();
              truth.schedules.insert(text);
              truth.by_preemptions[v.preemptions].insert(text);
              truth.outcomes.insert(outcome);
              truth.deadlock |= end.Deadlocked();
              truth.fault_while_waiting |= v.fault_while_waiting;
              const auto [it, added] = truth.outcome_of_class.try_emplace(
                  ClassOf(v.steps, v.footprints), outcome);
              truth.consistent &= it->second == outcome;
            });
  return truth;
}

struct Found {
  std::multiset<std::string> schedules;
  std::multiset<std::string> classes;
  std::set<std::string> outcomes;
  int max_holders = 0;
  bool deadlock = false;
};

Found Search(Scheduler& scheduler, const ModelKernel& start,
             int max_steps = 1000) {
  Found found;
  RunAll(
      scheduler, start,
      [&](const ModelExecution& e) {
        found.max_holders = std::max(found.max_holders, e.max_holders);
        if (!e.complete) return;
        found.deadlock |= e.deadlocked;
        found.schedules.insert(Text(e.steps));
        found.classes.insert(ClassOf(e.steps, e.footprints));
        found.outcomes.insert(e.outcome);
      },
      Limits{max_steps});
  return found;
}

// What is wrong with the schedules that a search with sleep sets ran; empty if
// nothing is.
std::string CompareClasses(const Truth& truth, const Found& found) {
  std::string wrong;
  if (found.outcomes != truth.outcomes) {
    absl::StrAppend(&wrong, found.outcomes.size(), " outcomes instead of ",
                    truth.outcomes.size(), "; ");
  }
  const std::set<std::string> different(found.classes.begin(),
                                        found.classes.end());
  if (different.size() != truth.outcome_of_class.size()) {
    absl::StrAppend(&wrong, different.size(), " classes instead of ",
                    truth.outcome_of_class.size(), "; ");
  }
  if (found.classes.size() != different.size()) {
    absl::StrAppend(&wrong, found.classes.size(), " schedules of ",
                    different.size(), " classes; ");
  }
  return wrong;
}

// What is wrong with those of a search with a bound.
std::string CompareBounded(const Truth& truth, int bound, const Found& found) {
  std::multiset<std::string> expected;
  for (const auto& [preemptions, schedules] : truth.by_preemptions) {
    if (preemptions <= bound) {
      expected.insert(schedules.begin(), schedules.end());
    }
  }
  return found.schedules == expected
             ? ""
             : absl::StrCat(found.schedules.size(), " schedules instead of ",
                            expected.size());
}

// ---- Random programs ----

// Two actors of up to five steps, or three of up to three, so that brute force
// is quick. Every call is drawn, the blocking lock among them.
// If they poll, some of those that try for a lock do so until they have it. If
// they close, they free what they have locked at their end.
ModelKernel RandomKernel(std::mt19937_64& random, bool poll = false,
                         bool close_all = false) {
  static const std::vector<Call> kCalls = {
      Call::kOpen,    Call::kCreate, Call::kCreate, Call::kCreateExclusive,
      Call::kTryLock, Call::kLock,   Call::kLock,   Call::kUnlock,
      Call::kClose,   Call::kUnlink, Call::kRename, Call::kWrite,
      Call::kRead,    Call::kFstat,  Call::kExists, Call::kSameFile,
  };
  const bool three = Draw(random, 3) == 0 && !close_all;
  std::vector<Program> programs;
  for (int actor = 0; actor < (three ? 3 : 2); ++actor) {
    Program program;
    const size_t length = 2 + Draw(random, three || close_all ? 2 : 4);
    for (size_t i = 0; i < length; ++i) {
      Instruction instruction;
      // Little comes of programs that begin without a file.
      instruction.call = poll && i == 1 ? Call::kTryLock
                         : i == 0 && (poll || Draw(random, 4) != 0)
                             ? Call::kCreate
                             : kCalls[Draw(random, kCalls.size())];
      instruction.name = Draw(random, 4) == 0 ? 1 : 0;
      instruction.other = 1 - instruction.name;
      instruction.slot = Draw(random, 4) == 0 ? 1 : 0;
      if (Draw(random, 4) == 0) {
        instruction.on_failure =
            static_cast<int>(i + 1 + Draw(random, length - i));
      }
      if (poll && instruction.call == Call::kTryLock) {
        instruction.yields = true;
        instruction.on_failure = static_cast<int>(i);
      }
      if (close_all && i < 2) {
        // Somebody shall wait.
        instruction.call = i == 0 ? Call::kCreate : Call::kLock;
        instruction.name = instruction.slot = 0;
      }
      instruction.acquires = Draw(random, 4) == 0;
      instruction.releases = Draw(random, 4) == 0;
      instruction.begins = Draw(random, 4) == 0;
      program.push_back(instruction);
    }
    if (poll) {
      // Else most would poll for ever.
      Instruction close;
      close.call = Call::kClose;
      program.push_back(close);
    }
    for (int slot = 0; close_all && slot < ModelKernel::kSlots; ++slot) {
      Instruction close;
      close.call = Call::kClose;
      close.slot = slot;
      program.push_back(close);
    }
    programs.push_back(std::move(program));
  }
  return ModelKernel(std::move(programs), Draw(random, 2) == 0);
}

constexpr int kPrograms = 300;

void ForEachRandomKernel(absl::FunctionRef<void(int, ModelKernel&)> test) {
  std::mt19937_64 random(20'250'101);
  for (int i = 0; i < kPrograms; ++i) {
    ModelKernel kernel = RandomKernel(random);
    test(i, kernel);
  }
}

TEST(Search, WithoutReductionRunsEveryScheduleOnce) {
  ForEachRandomKernel([](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    DepthFirst::Options options;
    options.sleep_sets = false;
    DepthFirst all(options);
    const Found found = Search(all, kernel);
    EXPECT_EQ(found.schedules,
              std::multiset<std::string>(truth.schedules.begin(),
                                         truth.schedules.end()))
        << "program " << i;
    EXPECT_TRUE(all.statistics().exhausted);
    EXPECT_EQ(all.statistics().pruned, 0);
  });
}

TEST(Search, SleepSetsRunOneScheduleOfEachClass) {
  size_t schedules = 0;
  size_t classes = 0;
  int deadlocks = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    EXPECT_TRUE(truth.consistent) << "program " << i << ": footprints lie";
    DepthFirst reduced;
    const Found found = Search(reduced, kernel);
    EXPECT_EQ(CompareClasses(truth, found), "") << "program " << i;
    EXPECT_TRUE(reduced.statistics().exhausted);
    schedules += truth.schedules.size();
    classes += truth.outcome_of_class.size();
    deadlocks += found.deadlock;
  });
  // The programs are worth something: there is much to reduce, and blocking.
  EXPECT_GT(schedules, 5 * classes);
  EXPECT_GT(classes, 4 * kPrograms);
  EXPECT_GT(deadlocks, 0);
}

TEST(Search, SleepSetsRunOneScheduleOfEachClassWithFaults) {
  int compared = 0;
  int waited = 0;
  std::mt19937_64 random(20'261'124);
  for (int i = 0; i < kPrograms / 2; ++i) {
    ModelKernel kernel = RandomKernel(random, false, /*close_all=*/true);
    kernel.OfferFaults();
    const Truth truth = BruteForce(kernel, /*faults=*/1);
    EXPECT_TRUE(truth.consistent) << "program " << i << ": footprints lie";
    // An execution ends in a deadlock, even if a fault could end that: so
    // there, a step and the fault of one that waits can't change places.
    if (truth.deadlock) continue;
    ++compared;
    waited += truth.fault_while_waiting;
    DepthFirst::Options options;
    options.max_faults = 1;
    DepthFirst reduced(options);
    EXPECT_EQ(CompareClasses(truth, Search(reduced, kernel)), "")
        << "program " << i;
  }
  EXPECT_GT(compared, kPrograms / 4);
  EXPECT_GT(waited, 10);
}

// Three that share a search run together what one alone runs, whoever takes
// which part.
TEST(Search, SharedOnesRunTogetherWhatOneRuns) {
  std::mt19937_64 lots(7);
  int shared = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 5 != 0) return;
    DepthFirst alone;
    RunAll(alone, kernel, [](const ModelExecution&) {});
    std::map<int64_t, int> owners;
    int64_t schedules = 0;
    int64_t pruned = 0;
    for (int worker = 0; worker < 3; ++worker) {
      DepthFirst::Options options;
      std::set<int64_t> asked;
      options.mine = [&](int64_t part) {
        EXPECT_TRUE(asked.insert(part).second) << "asked twice";
        const auto [owner, added] = owners.try_emplace(
            part, static_cast<int>(Draw(lots, static_cast<size_t>(3))));
        return owner->second == worker;
      };
      DepthFirst search(options);
      RunAll(search, kernel, [](const ModelExecution&) {});
      EXPECT_TRUE(search.statistics().exhausted);
      pruned += search.statistics().pruned;
      schedules += search.statistics().schedules;
    }
    EXPECT_EQ(schedules, alone.statistics().schedules) << i;
    EXPECT_EQ(pruned, alone.statistics().pruned) << i;
    shared += owners.size() > 1;
  });
  EXPECT_GT(shared, 30);
}

TEST(Search, BoundRunsExactlyTheSchedulesWithFewPreemptions) {
  ForEachRandomKernel([](int i, const ModelKernel& kernel) {
    const Truth truth = BruteForce(kernel);
    for (const int bound : {0, 1, 2}) {
      PreemptionBounded::Options options;
      options.max_preemptions = bound;
      PreemptionBounded bounded(options);
      EXPECT_EQ(CompareBounded(truth, bound, Search(bounded, kernel)), "")
          << "program " << i << ", bound " << bound;
      EXPECT_TRUE(bounded.statistics().exhausted);
    }
  });
}

// ---- Broken twins ----

// A scheduler that is told something else than what happened.
class Misled : public Scheduler {
 public:
  using Lie = std::function<Footprint(Footprint)>;
  using LieOnActors =
      std::function<std::vector<ActorState>(std::vector<ActorState>)>;

  Misled(std::unique_ptr<Scheduler> scheduler, Lie lie,
         LieOnActors lie_on_actors = nullptr)
      : scheduler_(std::move(scheduler)),
        lie_(std::move(lie)),
        lie_on_actors_(std::move(lie_on_actors)) {}

  bool NextSchedule() override { return scheduler_->NextSchedule(); }
  std::optional<Step> Choose(const std::vector<ActorState>& actors) override {
    return scheduler_->Choose(lie_on_actors_ ? lie_on_actors_(actors) : actors);
  }
  void Executed(const Step& step, const Footprint& footprint) override {
    scheduler_->Executed(step, lie_ ? lie_(footprint) : footprint);
  }
  void Finished(bool complete) override { scheduler_->Finished(complete); }
  std::string Describe() const override { return "a broken twin"; }

 private:
  std::unique_ptr<Scheduler> scheduler_;
  Lie lie_;
  LieOnActors lie_on_actors_;
};

// In how many of the random programs the comparison finds fault with a twin.
int CountCaught(const Misled::Lie& lie) {
  int caught = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 4 != 0) return;
    Misled twin(std::make_unique<DepthFirst>(), lie);
    caught += !CompareClasses(BruteForce(kernel), Search(twin, kernel)).empty();
  });
  return caught;
}

TEST(BrokenTwin, ThatIsToldTheTruthIsNotCaught) {
  EXPECT_EQ(CountCaught([](Footprint f) { return f; }), 0);
}

TEST(BrokenTwin, ThatForgetsToWakeIsCaught) {
  EXPECT_GT(CountCaught([](const Footprint&) { return Footprint(); }), 10);
}

TEST(BrokenTwin, ThatTakesWritesOfLocksForReadsIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              for (Access& a : f.accesses) {
                if (a.object.rfind("lock:", 0) == 0) a.write = false;
              }
              return f;
            }),
            0);
}

TEST(BrokenTwin, ThatForgetsRefusalsIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              f.accesses.erase(
                  std::remove_if(f.accesses.begin(), f.accesses.end(),
                                 [](const Access& a) { return !a.write; }),
                  f.accesses.end());
              return f;
            }),
            10);
}

TEST(BrokenTwin, ThatWakesEverybodyIsCaught) {
  EXPECT_GT(CountCaught([](Footprint f) {
              f.Write("everything");
              return f;
            }),
            10);
}

TEST(BrokenTwin, ThatDoesNotCountPreemptionsIsCaught) {
  int caught = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 4 != 0) return;
    PreemptionBounded::Options options;
    options.max_preemptions = 0;
    Misled twin(std::make_unique<PreemptionBounded>(options), nullptr,
                [](std::vector<ActorState> actors) {
                  for (ActorState& a : actors) a.idle = true;
                  return actors;
                });
    caught +=
        !CompareBounded(BruteForce(kernel), 0, Search(twin, kernel)).empty();
  });
  EXPECT_GT(caught, 10);
}

// A bound together with sleep sets loses schedules; that is why there is no
// such scheduler.
class BoundedWithSleepSets : public TreeSearch {
 public:
  explicit BoundedWithSleepSets(int bound) : TreeSearch(OptionsFor(bound)) {}
  std::string Describe() const override { return "unsound"; }

 private:
  static Options OptionsFor(int bound) {
    Options options;
    options.max_preemptions = bound;
    return options;
  }
};

TEST(BrokenTwin, ThatCombinesABoundWithSleepSetsLosesOutcomes) {
  int lost = 0;
  ForEachRandomKernel([&](int i, const ModelKernel& kernel) {
    if (i % 4 != 0) return;
    PreemptionBounded::Options options;
    options.max_preemptions = 1;
    PreemptionBounded sound(options);
    BoundedWithSleepSets unsound(1);
    lost += Search(unsound, kernel).outcomes != Search(sound, kernel).outcomes;
  });
  EXPECT_GT(lost, 0);
}

// ---- Locks ----

TEST(Locks, CorrectOnesHaveOneHolderInEverySchedule) {
  for (const char letter : {'a', 'd', 'e', 'h', 'p'}) {
    DepthFirst search;
    const Found found = Search(search, LockModel(letter, {1, 1}));
    EXPECT_EQ(found.max_holders, 1) << letter;
    EXPECT_FALSE(found.deadlock) << letter;
    EXPECT_TRUE(search.statistics().exhausted) << letter;
  }
}

TEST(Locks, RacesAreFoundWithOnePreemption) {
  // Unlinking on release needs a third acquisition, or a third contender.
  for (const auto& [letter, cycles] :
       std::vector<std::pair<char, std::vector<int>>>{
           {'b', {2, 1}}, {'b', {1, 1, 1}}, {'c', {1, 1}}}) {
    PreemptionBounded::Options options;
    options.max_preemptions = 1;
    PreemptionBounded bounded(options);
    EXPECT_EQ(Search(bounded, LockModel(letter, cycles)).max_holders, 2)
        << letter;
    DepthFirst search;
    EXPECT_EQ(Search(search, LockModel(letter, cycles)).max_holders, 2)
        << letter;

    // But not without any.
    options.max_preemptions = 0;
    PreemptionBounded none(options);
    EXPECT_EQ(Search(none, LockModel(letter, cycles)).max_holders, 1) << letter;
  }
}

TEST(Locks, CrashOfAHolderLeavesAStaleFile) {
  ModelKernel kernel = LockModel('d', {1, 1});
  kernel.OfferFaults();
  DepthFirst::Options options;
  options.max_faults = 1;
  DepthFirst search(options);
  const std::set<std::string> outcomes = Search(search, kernel).outcomes;
  EXPECT_THAT(outcomes, ::testing::Contains(HasSubstr("+!; -; 0:0=0 at 0")));
}

TEST(Locks, LeftOverFileOfAnExclusiveCreatorIsNeverTaken) {
  DepthFirst search;
  EXPECT_EQ(
      Search(search, LockModel('d', {2, 2}, /*left_over=*/true)).max_holders,
      0);
}

// For comparison with numbers measured on real processes, whose visible calls
// aren't quite the model's.
TEST(Locks, TableOfNumbers) {
  constexpr int64_t kEnough = 30'000;
  std::cout << "schedules: all / two preemptions / sleep sets (+ given up)\n";
  for (const char letter : {'a', 'b', 'd', 'e', 'h'}) {
    std::cout << letter;
    for (const std::vector<int>& cycles :
         {std::vector<int>{1, 1}, {2, 1}, {2, 2}}) {
      const ModelKernel kernel = LockModel(letter, cycles);
      DepthFirst::Options options;
      options.max_executions = kEnough;
      DepthFirst reduced(options);
      Search(reduced, kernel);
      EXPECT_TRUE(reduced.statistics().exhausted);
      options.sleep_sets = false;
      DepthFirst all(options);
      RunAll(all, kernel, [](const ModelExecution&) {});
      PreemptionBounded bounded;
      RunAll(bounded, kernel, [](const ModelExecution&) {});
      EXPECT_GE(all.statistics().schedules, reduced.statistics().schedules);
      std::cout << absl::StreamFormat(
          "   %d+%d: %s%d / %d / %d (+%d)", cycles[0], cycles[1],
          all.statistics().exhausted ? "" : "> ", all.statistics().schedules,
          bounded.statistics().schedules, reduced.statistics().schedules,
          reduced.statistics().pruned);
    }
    std::cout << "\n";
  }
}

// The numbers that a tracer of real locks once gave, which stopped an execution
// when two held.
TEST(Locks, NumbersThatAreKnownFromRealProcesses) {
  struct Numbers {
    char letter;
    std::vector<int> cycles;
    int64_t all;  // 0: not known, here and below
    int64_t two_preemptions;
    int64_t sleep_sets;  // and of these, how many weren't given up midway:
    int64_t classes;
  };
  const std::vector<Numbers> table = {
      {'a', {2, 2}, 438, 290, 72, 52},   {'b', {2, 2}, 2592, 666, 306, 198},
      {'d', {2, 2}, 26, 26, 26, 26},     {'h', {2, 2}, 150, 0, 24, 12},
      {'e', {2, 2}, 0, 1394, 1218, 518},
  };
  for (const Numbers& known : table) {
    const ModelKernel kernel = LockModel(known.letter, known.cycles);
    Limits limits;
    limits.two_holders = false;
    const auto run = [&](Scheduler& scheduler) {
      RunAll(
          scheduler, kernel, [](const ModelExecution&) {}, limits);
      return scheduler.statistics().schedules +
             scheduler.statistics().abandoned;
    };
    DepthFirst reduced;
    EXPECT_EQ(run(reduced), known.classes) << known.letter;
    EXPECT_EQ(known.classes + reduced.statistics().pruned, known.sleep_sets)
        << known.letter;
    if (known.two_preemptions != 0) {
      PreemptionBounded bounded;
      EXPECT_EQ(run(bounded), known.two_preemptions) << known.letter;
    }
    if (known.all == 0) continue;
    DepthFirst::Options options;
    options.sleep_sets = false;
    DepthFirst all(options);
    EXPECT_EQ(run(all), known.all) << known.letter;
  }
}

// ---- Polling ----

TEST(Polling, EndsAndMissesNoOutcomeOfTheLock) {
  for (const std::vector<int>& cycles :
       {std::vector<int>{1, 1}, {2, 1}, {1, 1, 1}}) {
    DepthFirst search;
    const Found found =
        Search(search, LockModel('p', cycles), /*max_steps=*/200);
    EXPECT_TRUE(search.statistics().exhausted);
    EXPECT_EQ(search.statistics().abandoned, 0);
    EXPECT_EQ(found.max_holders, 1);
    EXPECT_LT(search.statistics().max_depth, 40);
  }
}

TEST(Polling, ReductionMissesNoClassThatTheFairSearchVisits) {
  for (const std::vector<int>& cycles :
       {std::vector<int>{1, 1}, {2, 1}, {1, 1, 1}}) {
    DepthFirst::Options options;
    DepthFirst reduced(options);
    const Found some = Search(reduced, LockModel('p', cycles));
    options.sleep_sets = false;
    options.max_executions = 200'000;
    DepthFirst full(options);
    const Found all = Search(full, LockModel('p', cycles));
    EXPECT_TRUE(full.statistics().exhausted);
    EXPECT_EQ(some.outcomes, all.outcomes);
    EXPECT_EQ(std::set<std::string>(some.classes.begin(), some.classes.end()),
              std::set<std::string>(all.classes.begin(), all.classes.end()));
    EXPECT_LE(some.schedules.size(), all.schedules.size());
    std::cout << some.schedules.size() << " of " << all.schedules.size()
              << " schedules of " << cycles.size() << " pollers\n";
  }
}

TEST(Polling, ReductionMissesNoClassOfRandomPrograms) {
  std::mt19937_64 random(3);
  int compared = 0;
  for (int i = 0; i < 200; ++i) {
    const ModelKernel kernel = RandomKernel(random, /*poll=*/true);
    constexpr int kMaxSteps = 30;
    DepthFirst::Options options;
    options.sleep_sets = false;
    options.max_executions = 600;
    DepthFirst full(options);
    const Found all = Search(full, kernel, kMaxSteps);
    // Some poll for what nobody releases, for ever, and some are too large.
    if (!full.statistics().exhausted) continue;
    ++compared;
    DepthFirst reduced;
    const Found some = Search(reduced, kernel, kMaxSteps);
    EXPECT_TRUE(reduced.statistics().exhausted);
    EXPECT_EQ(some.outcomes, all.outcomes) << "program " << i;
    EXPECT_EQ(std::set<std::string>(some.classes.begin(), some.classes.end()),
              std::set<std::string>(all.classes.begin(), all.classes.end()))
        << "program " << i;
  }
  EXPECT_GT(compared, 20);
}

TEST(Polling, WithoutFairnessWouldNotEnd) {
  DepthFirst::Options options;
  options.max_executions = 20;
  Misled twin(std::make_unique<DepthFirst>(options), nullptr,
              [](std::vector<ActorState> actors) {
                for (ActorState& a : actors) a.yielded = false;
                return actors;
              });
  bool too_long = false;

  RunAll(
      twin, LockModel('p', {1, 1}),
      [&](const ModelExecution& e) {
        too_long |= !e.complete && e.steps.size() == 50;
      },
      Limits{50});
  EXPECT_TRUE(too_long);
}

TEST(Polling, WaitsForEachOtherForEverIsGivenUpAsTooLong) {
  // Nobody ever releases, so the poller polls alone.
  Program keeps = {Instruction{Call::kCreate}, Instruction{Call::kTryLock}};
  Program polls = LockProgram('p', 1);
  DepthFirst search;
  Search(search, ModelKernel({keeps, polls}), /*max_steps=*/50);
  EXPECT_GT(search.statistics().abandoned, 0);
  EXPECT_FALSE(search.statistics().exhausted);
}

// ---- What a search says of itself ----

TEST(Statistics, EstimateEndsAtZeroAndIsOfTheRightOrder) {
  DepthFirst::Options options;
  options.sleep_sets = false;
  DepthFirst search(options);
  const ModelKernel kernel = LockModel('b', {2, 2});
  std::vector<double> totals;
  RunAll(search, kernel, [&](const ModelExecution&) {
    const Statistics& s = search.statistics();
    totals.push_back(static_cast<double>(s.schedules) + s.remaining);
  });
  EXPECT_EQ(search.statistics().remaining, 0);
  const double total = static_cast<double>(search.statistics().schedules);
  EXPECT_GT(totals[totals.size() / 2], total / 10);
  EXPECT_LT(totals[totals.size() / 2], total * 10);
}

TEST(Statistics, BudgetEndsTheSearchUnexhausted) {
  DepthFirst::Options options;
  options.max_executions = 5;
  DepthFirst search(options);
  Search(search, LockModel('b', {2, 2}));
  EXPECT_EQ(search.statistics().schedules + search.statistics().pruned, 5);
  EXPECT_FALSE(search.statistics().exhausted);
  EXPECT_GT(search.statistics().remaining, 0);
}

// Runs `search` on contenders of which b is no longer what it was in the
// executions that `changed` names. Returns the outcomes of the complete ones.
std::set<std::string> SearchOfChanging(
    DepthFirst& search, absl::FunctionRef<bool(int execution)> changed) {
  std::set<std::string> outcomes;
  for (int execution = 1; search.NextSchedule(); ++execution) {
    ModelKernel model = LockModel('a', {1, changed(execution) ? 0 : 1});
    bool complete = true;
    while (complete && model.AnyEnabled()) {
      const std::optional<Step> step = search.Choose(model.Actors());
      complete = step.has_value();
      if (complete) search.Executed(*step, model.Execute(*step));
    }
    search.Finished(complete);
    if (complete) outcomes.insert(model.Outcome());
    if (execution == 1000) {
      ADD_FAILURE() << "it goes on and on";
      break;
    }
  }
  return outcomes;
}

TEST(Divergence, OfActorsIsNoticedAndTheRestStillSearched) {
  DepthFirst search;
  SearchOfChanging(search, [](int execution) { return execution >= 4; });
  EXPECT_GT(search.statistics().diverged, 0);
  EXPECT_FALSE(search.statistics().exhausted);
  EXPECT_THAT(search.divergence(), HasSubstr("b finished"));
}

TEST(Divergence, OnceIsForgiven) {
  DepthFirst search;
  const std::set<std::string> outcomes =
      SearchOfChanging(search, [](int execution) { return execution == 4; });
  EXPECT_EQ(search.statistics().diverged, 1);
  EXPECT_TRUE(search.statistics().exhausted);
  EXPECT_EQ(outcomes, BruteForce(LockModel('a', {1, 1})).outcomes);
}

TEST(Divergence, OfFootprintsIsNoticed) {
  int steps = 0;
  auto search = std::make_unique<DepthFirst>();
  DepthFirst& watched = *search;
  Misled twin(std::move(search), [&](Footprint f) {
    f.Write(absl::StrCat("number ", ++steps));
    return f;
  });
  Search(twin, LockModel('a', {1, 1}));
  EXPECT_GT(watched.statistics().diverged, 0);
  EXPECT_THAT(watched.divergence(), HasSubstr("but earlier"));
}

TEST(Describe, SaysWhatIsSearched) {
  EXPECT_EQ(DepthFirst().Describe(), "every schedule, up to equivalence");
  EXPECT_EQ(PreemptionBounded().Describe(),
            "every schedule, with at most 2 preemptions");
}

}  // namespace
}  // namespace conformance::explorer
