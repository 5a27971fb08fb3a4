// An exploration that never was, for tests.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORATION_TESTING_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORATION_TESTING_H_

#include "absl/time/time.h"
#include "conformance/explorer/campaign/search.h"
#include "conformance/explorer/schedules/schedule.h"

namespace conformance::explorer {

// Of two searches: one is complete, the other has a finding.
inline Exploration ExampleExploration() {
  Exploration explored;
  explored.introduction = "hello \xff";
  explored.searches = {"one", "another"};
  explored.folders = {"empty folder", "foreign text"};
  explored.searched.resize(2);
  explored.searched[0].complete = true;
  explored.searched[0].statistics.schedules = 5;
  explored.searched[0].statistics.exhausted = true;
  explored.searched[0].fingerprint = 0xfedcba9876543210;
  explored.searched[0].took = absl::Milliseconds(1500);
  explored.searched[1].why = "the time was up";
  explored.searched[1].violations = 3;
  Finding finding;
  finding.violation = "two hold";
  finding.message = "contender b has it, too";
  finding.schedule = *Schedule::Parse(
      "v1 contenders=2 cycles=1,1 initial=empty steps=a2 b!kill");
  finding.found = finding.schedule;
  finding.timeline = "a\tb\n";
  finding.part = 4;
  explored.searched[1].findings = {finding};
  explored.calls = {{"flock", 7}};
  explored.starts = 2;
  explored.stops = 3;
  return explored;
}

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_EXPLORATION_TESTING_H_
