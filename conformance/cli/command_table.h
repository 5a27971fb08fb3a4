// A table of subcommands and their options, from which the command line is
// parsed, and from which --help and the messages come, so that they agree.
//
//   CommandTable table("lockcheck", "says which promises are kept.", "");
//   int jobs = 1;
//   Subcommand& run = table.Add({"run", "[OPTION...]", "runs", "Runs.", ""});
//   run.Number({"jobs", "N", "checks at once"}, 1, jobs);
//   const auto parsed = table.Parse({"run", "--jobs=2"});  // jobs is 2
//
// CLI11 does the parsing. Beyond its ways, an option may begin with one dash,
// have underscores in its name, and stand before the subcommand; and a value
// comes after "=" alone, so that the program of somebody who has forgotten the
// "--" before it is never taken for the name of a report to be written. "help"
// and "help SUBCOMMAND" are as --help.
//
// An empty text leaves the default, any other empty value is an error, and of
// an option that is given twice the last one counts. Values are written to
// where the table says, which must live as long as the table.

#ifndef CONFORMANCE_CLI_COMMAND_TABLE_H_
#define CONFORMANCE_CLI_COMMAND_TABLE_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

// Its headers are large, and of concern to command_table.cc alone.
namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}  // namespace CLI

namespace conformance {

// Whether "again:" repeats an option: those that can change what is found.
enum class Repeated { kNo, kYes };

// A row of the table.
struct OptionRow {
  absl::string_view name;   // as in --help, with dashes
  absl::string_view value;  // as in --help: "FILE"; "" of a switch
  absl::string_view help;
  Repeated repeated = Repeated::kNo;
};

struct SubcommandRow {
  absl::string_view name;
  absl::string_view arguments;  // as in --help, after the name
  absl::string_view summary;    // in the program's own help
  absl::string_view about;      // above the options...
  absl::string_view closing;    // ...and below them
  // Its need of a contender, and of a word. `word_missing`: the message where
  // the word isn't there; "": it needs none, and takes none but for
  // `word_possible`.
  enum class Contender { kNone, kPossible, kNeeded };
  Contender contender = Contender::kNone;
  absl::string_view word_missing = {};
  bool word_possible = false;
  bool words = false;  // it may be several
};

class Subcommand {
 public:
  Subcommand(const Subcommand&) = delete;
  Subcommand& operator=(const Subcommand&) = delete;

  const SubcommandRow& row() const { return row_; }

  void Text(const OptionRow& row, std::string& to);
  void Number(const OptionRow& row, int least, int& to,
              int most = std::numeric_limits<int>::max());
  void Number(const OptionRow& row, uint64_t& to);  // from 0
  // Longer than nothing. `such_as`: examples, for the message.
  void Duration(const OptionRow& row, absl::string_view such_as,
                absl::Duration& to,
                absl::Duration most = absl::InfiniteDuration());
  void Choice(const OptionRow& row, absl::Span<const absl::string_view> choices,
              std::string& to);
  // --name, --name=false and --noname. --help shows what differs from what
  // `to` is by now.
  void Switch(const OptionRow& row, bool& to);
  // `parse`: false where the value makes no sense; `meaning`: what would, as in
  // "--name is MEANING".
  void Parsed(const OptionRow& row, absl::string_view meaning,
              std::function<bool(const std::string&)> parse);

  // The word, or the words, and the options that are repeated, each with a
  // blank before it, as they were given.
  const std::string& word() const { return word_; }
  const std::vector<std::string>& words() const { return words_; }
  const std::string& repeated() const { return repeated_; }

  std::string Help() const;

 private:
  friend class CommandTable;

  struct SwitchRow {
    OptionRow row;
    bool on;  // by default
    bool* to;
    std::string given;  // "": not at all
  };

  Subcommand(CLI::App& program, const SubcommandRow& row);

  void Wrong(const std::string& message);
  void ReadSwitches();
  // All that are on, or off, by default: one knows then how to write them.
  std::string SwitchesAreOnOrOff(bool on) const;
  // In the spelling of the table; "" if there is nothing to say.
  std::string Respell(absl::string_view argument);
  // "" or what is wrong, once CLI11 has parsed.
  std::string WhatIsWrong();

  CLI::App* const program_;
  CLI::App* const app_;
  const SubcommandRow row_;
  std::vector<OptionRow> options_;
  std::vector<std::string> texts_;  // "--name" of those that Text added
  std::list<SwitchRow> switches_;   // CLI11 has their addresses
  std::vector<std::string> words_;
  std::string word_, repeated_, wrong_;
};

class CommandTable {
 public:
  // `about` follows the name in the help, and `closing` ends it.
  CommandTable(absl::string_view name, absl::string_view about,
               absl::string_view closing);
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;
  ~CommandTable();

  Subcommand& Add(const SubcommandRow& row);

  struct Parsed {
    const Subcommand* subcommand = nullptr;  // null: none was named
    bool help = false;                       // was asked for, and nothing else
    std::vector<std::string> contender;      // after --
  };
  // The arguments without the program's name. InvalidArgument: a text for
  // people, with a second line that says where there is help.
  absl::StatusOr<Parsed> Parse(const std::vector<std::string>& arguments);

  // The error of Parse, for what only the caller can see.
  absl::Status WrongUsage(absl::string_view message,
                          const Subcommand* subcommand) const;

  std::string Help() const;

 private:
  const std::unique_ptr<CLI::App> app_;
  std::vector<std::unique_ptr<Subcommand>> subcommands_;
};

}  // namespace conformance

#endif  // CONFORMANCE_CLI_COMMAND_TABLE_H_
