// The subcommands of lockcheck, without the command line: run, list, explain,
// doctor, explore, merge, replay, docs. Each returns the program's exit status.

#ifndef CONFORMANCE_CLI_COMMANDS_H_
#define CONFORMANCE_CLI_COMMANDS_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "conformance/again.h"
#include "conformance/cli/exit_status.h"  // IWYU pragma: export
#include "conformance/contender.h"
#include "conformance/explorer/campaign/campaign.h"
#include "conformance/shard.h"

namespace conformance {

struct RunCommand {
  ContenderSource source;
  Invocation invocation;
  std::string filter = "*";
  bool systematic = false;    // with the chapter of that name
  std::string expected_path;  // "": none
  bool update_expected = false;
  std::string json_path, junit_path;  // "": none, "-": standard output
  uint64_t seed = 1;
  int jobs = 1;
  absl::Duration deadline = absl::Seconds(10);
  std::string profile;                             // as in RunOptions::claim
  absl::Duration hold = absl::Milliseconds(6300);  // as in TrialOptions
  bool strict = false;
  bool verbose = false;  // as in Console::Style
  bool colors = false;
  bool progress = false;  // a line that is drawn over and over
  size_t width = 80;
};
int RunRun(const RunCommand& command, std::ostream& out, std::ostream& err);

struct ListCommand {
  std::string filter = "*";
  bool markdown = false;  // as docs/specification.md
};
int RunList(const ListCommand& command, std::ostream& out, std::ostream& err);

struct ExplainCommand {
  std::string id;  // with its chapter, or without where that leaves no doubt
};
int RunExplain(const ExplainCommand& command, std::ostream& out,
               std::ostream& err);

struct DoctorCommand {
  ContenderSource source;
  absl::Duration deadline = absl::Seconds(5);
  bool colors = false;
};
// Speaks to a contender step by step and names its mistakes. Not as expected
// when there is one.
int RunDoctor(const DoctorCommand& command, std::ostream& out,
              std::ostream& err);

struct ExploreCommand {
  ContenderSource source;
  Invocation invocation;
  explorer::Plan plan;
  absl::Duration budget = absl::Seconds(60);
  absl::Duration deadline = absl::Seconds(10);
  std::string profile;         // as in RunOptions::claim
  bool ordinary_user = false;  // as in StartOptions::obey_permissions
  bool keep_going = false;
  bool statistics = false;
  int jobs = 1;
  Shard shard;            // of it all, the share to be explored
  std::string json_path;  // "": none, "-": standard output
  bool colors = false;
  bool progress = false;  // a line on `err` that is drawn over and over
};
// Searches the schedules of an implementation. Not as expected when there is a
// violation; incomplete, when there is none in less than half of the searches.
int RunExplore(const ExploreCommand& command, std::ostream& out,
               std::ostream& err);

struct MergeCommand {
  std::string program = "lockcheck";  // as in Invocation
  std::vector<std::string> paths;     // of the reports
  bool statistics = false;
  std::string json_path;  // "": none, "-": standard output
  bool colors = false;
};
// Unites the reports on the shards of one exploration. Incomplete also where
// one of them isn't there.
int RunMerge(const MergeCommand& command, std::ostream& out, std::ostream& err);

struct ReplayCommand {
  ContenderSource source;
  // A schedule, a file with one in it, or "-" for standard input.
  std::string schedule;
  int times = 1;
  bool adapt = false;  // to a contender that has changed
  absl::Duration deadline = absl::Seconds(10);
  bool ordinary_user = false;
  bool colors = false;
};
// Plays one schedule. Not as expected when it shows a violation; incomplete
// when it had to be adapted, and shows none.
int RunReplay(const ReplayCommand& command, std::ostream& out,
              std::ostream& err);

struct DocsCommand {
  std::string page;  // "": all their names
};
int RunDocs(const DocsCommand& command, std::ostream& out, std::ostream& err);

}  // namespace conformance

#endif  // CONFORMANCE_CLI_COMMANDS_H_
