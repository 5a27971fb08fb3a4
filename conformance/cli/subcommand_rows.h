// The texts of lockcheck's help: what it says of itself and of each subcommand.
// Their options are in command_line.cc.

#ifndef CONFORMANCE_CLI_SUBCOMMAND_ROWS_H_
#define CONFORMANCE_CLI_SUBCOMMAND_ROWS_H_

#include "absl/strings/string_view.h"
#include "conformance/cli/command_table.h"

namespace conformance {

inline constexpr absl::string_view kAbout =
    "says which promises a lock-file implementation keeps.";

inline constexpr absl::string_view kClosing =
    "Exit status: 0 as expected, 1 not, 2 wrong usage, a fault of the suite "
    "itself, or nothing executed, 3 explored too little to say. How to write a "
    "contender: lockcheck docs writing_a_contender. The version: lockcheck "
    "--version.";

inline constexpr SubcommandRow kRun = {
    "run",
    "[OPTION...] [-- COMMAND ARG...]",
    "judges the contender that COMMAND starts, or the embedded reference",
    "Starts COMMAND, a contender that speaks the contender protocol, as often "
    "as the checks need it, and prints a verdict for each requirement. Without "
    "a COMMAND it judges the embedded reference, lockfile::LockFile.",
    "Exit status: 0 as expected, 1 not, 2 wrong usage, a fault of the suite "
    "itself, or nothing executed.",
    SubcommandRow::Contender::kPossible};

inline constexpr SubcommandRow kList = {
    "list", "[OPTION...]", "the requirements",
    "Prints the requirements: id and level, and below them the promise and the "
    "capabilities that a contender must claim for it.",
    "Exit status: 0, or 2 for wrong usage and where no requirement matches."};

inline constexpr SubcommandRow kExplain = {
    "explain",
    "ID",
    "one requirement: its promise, and why it matters",
    "Prints the promise of one requirement, why it matters, and how to run it "
    "alone. ID is as in `lockcheck list`; its chapter may be left out.",
    "Exit status: 0, or 2 for wrong usage and where there is no such "
    "requirement.",
    SubcommandRow::Contender::kNone,
    "say which requirement to explain"};

inline constexpr SubcommandRow kDoctor = {
    "doctor",
    "[OPTION...] -- COMMAND ARG...",
    "speaks to a contender step by step and names its mistakes",
    "Starts the contender once, speaks to it step by step, and names its "
    "mistakes: an answer that is not flushed or lacks its newline, chatter on "
    "standard output, a wrong number of fields, a wrong version, an exit after "
    "one command, success for a made-up command, a path that is not decoded...",
    "Exit status: 0 no mistakes, 1 mistakes, 2 wrong usage.",
    SubcommandRow::Contender::kNeeded};

inline constexpr SubcommandRow kExplore = {
    "explore",
    "[OPTION...] [-- COMMAND ARG...]",
    "runs a contender through every interleaving, crash and failing call",
    "Runs contenders, as they are, under ptrace(2), stops each at the system "
    "calls that concern the lock file or its folder, and goes through all "
    "orders in which they can be made; kills a contender before and after each "
    "call; and lets each call fail. After every step the contenders' own "
    "answers tell who holds the lock: two holders, a lock that nobody can get "
    "any more, a deadlock, a false refusal, an answer that isn't true... is a "
    "violation. Without a COMMAND it explores the embedded reference, "
    "lockfile::LockFile.",
    "A violation is shown as a timeline, with the shortest schedule that it "
    "could be shrunk to and the command that replays it. The certificate says "
    "what was covered.\n"
    "\n"
    "Exit status: 0 no violation, 1 a violation, 2 wrong usage, a contender "
    "that can't be traced, no schedule run in the time, or a fault of the "
    "suite itself, 3 no violation, but most searches weren't complete, which "
    "is no pass.",
    SubcommandRow::Contender::kPossible};

inline constexpr SubcommandRow kMerge = {
    "merge",
    "FILE... [OPTION...]",
    "unites the reports on the shards of one exploration",
    "Reads the reports that lockcheck explore --shard=I/N --json=FILE has "
    "written, on however many machines, and prints what they have found "
    "together: the findings, and one certificate. A search is complete if it "
    "is in every shard.",
    "Exit status: 0 no violation, 1 a violation, 2 wrong usage, or reports "
    "that don't belong together, 3 no violation, but a shard is missing or "
    "most searches weren't complete, which is no pass.",
    SubcommandRow::Contender::kNone,
    "say which reports to merge",
    false,
    true};

inline constexpr SubcommandRow kReplay = {
    "replay",
    "SCHEDULE [OPTION...] [-- COMMAND ARG...]",
    "plays one of those once more",
    "Plays one schedule that lockcheck explore has printed, on the same "
    "contender, and prints its timeline. SCHEDULE is the schedule itself, "
    "\"v1 contenders=...\", or a file that has it in a line; - is standard "
    "input.",
    "With --continue, the contender may have changed since: it is *mended*, "
    "*still broken*, or goes *another path now*, on which the schedule isn't "
    "possible as it was and says nothing of what it was to show.\n"
    "\n"
    "Exit status: 0 no violation, 1 a violation, 2 wrong usage, a schedule "
    "that isn't possible with this contender, or replays that differ, 3 with "
    "--continue, no violation on another path, which is no pass.",
    SubcommandRow::Contender::kPossible,
    "say which schedule to replay"};

inline constexpr SubcommandRow kDocs = {
    "docs",
    "[PAGE]",
    "the pages of the documentation, or one of them",
    "Prints one page of the documentation of this version, as Markdown, or all "
    "their names and titles.",
    "Exit status: 0, or 2 for wrong usage and where there is no such page.",
    SubcommandRow::Contender::kNone,
    "",
    true};

}  // namespace conformance

#endif  // CONFORMANCE_CLI_SUBCOMMAND_ROWS_H_
