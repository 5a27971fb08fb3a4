// The table over CLI11, which knows the subcommands and options, finds them in
// the arguments and calls back with their values.

#include "conformance/cli/command_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/algorithm/container.h"
#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "conformance/wrap.h"

namespace conformance {
namespace {

constexpr size_t kOptionColumn = 23;  // where the help of an option begins
constexpr size_t kSummaryColumn = 6;  // where that of a subcommand does

bool IsOption(absl::string_view argument) {
  return argument.size() > 1 && argument.front() == '-';
}

std::string Paragraph(absl::string_view text) {
  return text.empty() ? "" : absl::StrCat("\n", Wrap(text, 0), "\n");
}

// "a", "a and b", "a, b and c".
std::string Join(std::vector<std::string> words, absl::string_view last) {
  if (words.size() > 1) {
    const std::string end = std::move(words.back());
    words.pop_back();
    absl::StrAppend(&words.back(), " ", last, " ", end);
  }
  return absl::StrJoin(words, ", ");
}

std::string NamesOf(absl::string_view switch_name) {
  return absl::StrCat("--", switch_name, ",!--no", switch_name, ",!--no-",
                      switch_name);
}

}  // namespace

Subcommand::Subcommand(CLI::App& program, const SubcommandRow& row)
    : program_(&program),
      app_(program.add_subcommand(std::string(row.name))),
      row_(row) {
  app_->set_help_flag();  // it is looked for before all others
  app_->allow_extras();   // which WhatIsWrong names in our own words
  app_->option_defaults()->multi_option_policy(
      CLI::MultiOptionPolicy::TakeLast);
  if (!row.word_missing.empty() || row.word_possible) {
    if (row.words) {
      app_->add_option("word", words_)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      app_->add_option("word", word_);
    }
  }
}

void Subcommand::Wrong(const std::string& message) {
  if (wrong_.empty()) wrong_ = message;
}

void Subcommand::Parsed(const OptionRow& row, absl::string_view meaning,
                        std::function<bool(const std::string&)> parse) {
  options_.push_back(row);
  app_->add_option_function<std::string>(
      absl::StrCat("--", row.name),
      [this, row, parse = std::move(parse),
       wrong = absl::StrCat("--", row.name, " is ", meaning)](
          const std::string& value) {
        if (!parse(value)) Wrong(wrong);
        if (row.repeated == Repeated::kYes) {
          absl::StrAppend(&repeated_, " --", row.name, "=", value);
        }
      });
}

void Subcommand::Text(const OptionRow& row, std::string& to) {
  texts_.push_back(absl::StrCat("--", row.name));
  Parsed(row, "", [&to](const std::string& value) {
    to = value;
    return true;
  });
}

void Subcommand::Number(const OptionRow& row, int least, int& to, int most) {
  const bool bounded = most < std::numeric_limits<int>::max();
  Parsed(row,
         absl::StrCat("a number from ", least,
                      bounded ? absl::StrCat(" to ", most) : ""),
         [&to, least, most](const std::string& value) {
           return absl::SimpleAtoi(value, &to) && to >= least && to <= most;
         });
}

void Subcommand::Number(const OptionRow& row, uint64_t& to) {
  Parsed(row, "a number from 0", [&to](const std::string& value) {
    return absl::SimpleAtoi(value, &to);
  });
}

void Subcommand::Duration(const OptionRow& row, absl::string_view such_as,
                          absl::Duration& to, absl::Duration most) {
  Parsed(row, absl::StrCat("a duration such as ", such_as),
         [&to, most](const std::string& value) {
           return absl::ParseDuration(value, &to) &&
                  to > absl::ZeroDuration() && to <= most;
         });
}

void Subcommand::Choice(const OptionRow& row,
                        absl::Span<const absl::string_view> choices,
                        std::string& to) {
  // A long list reads better without "or".
  const std::string meaning =
      choices.size() > 3 ? absl::StrCat("one of ", absl::StrJoin(choices, ", "))
                         : Join({choices.begin(), choices.end()}, "or");
  Parsed(row, meaning, [&to, choices](const std::string& value) {
    to = value;
    return absl::c_linear_search(choices, value);
  });
}

void Subcommand::Switch(const OptionRow& row, bool& to) {
  options_.push_back(row);
  switches_.push_back({row, to, &to, ""});
  app_->add_flag(NamesOf(row.name), switches_.back().given);
}

void Subcommand::ReadSwitches() {
  for (const SwitchRow& known : switches_) {
    if (known.given.empty()) continue;
    if (!absl::SimpleAtob(known.given, known.to)) {
      Wrong(SwitchesAreOnOrOff(known.on));
    } else if (known.row.repeated == Repeated::kYes && *known.to != known.on) {
      absl::StrAppend(&repeated_, known.on ? " --no" : " --", known.row.name);
    }
  }
}

std::string Subcommand::SwitchesAreOnOrOff(bool on) const {
  std::vector<std::string> names;
  for (const SwitchRow& known : switches_) {
    if (known.on == on) names.push_back(absl::StrCat("--", known.row.name));
  }
  const bool one = names.size() == 1;
  return absl::StrCat(Join(std::move(names), "and"), one ? " is" : " are",
                      " on, or off with =false");
}

std::string Subcommand::Respell(absl::string_view argument) {
  const size_t equals = argument.find('=');
  const std::string option = absl::StrCat(
      "--", absl::StrReplaceAll(
                absl::StripPrefix(
                    absl::StripPrefix(argument.substr(0, equals), "-"), "-"),
                {{"_", "-"}}));
  const CLI::Option* const known = app_->get_option_no_throw(option);
  if (known != nullptr && known->get_items_expected_min() > 0) {
    if (equals == absl::string_view::npos) {
      Wrong(absl::StrCat(option, " needs a value: ", option, "=..."));
      return "";
    }
  }
  if (equals + 1 == argument.size()) {
    if (absl::c_linear_search(texts_, option)) return "";
    // CLI11 would take an empty value for none; this is no value of any.
    return absl::StrCat(option, "=\"\"");
  }
  return absl::StrCat(
      option, equals == absl::string_view::npos ? "" : argument.substr(equals));
}

std::string Subcommand::WhatIsWrong() {
  for (const std::string& extra : app_->remaining()) {
    if (!IsOption(extra)) {
      return absl::StrCat("what is \"", extra,
                          "\"? A contender's command comes after --");
    }
    return absl::StrCat(program_->get_name(), " ", row_.name, " has no option ",
                        extra.substr(0, extra.find('=')));
  }
  if (!row_.word_missing.empty() && app_->count("word") == 0) {
    return std::string(row_.word_missing);
  }
  ReadSwitches();
  return wrong_;
}

std::string Subcommand::Help() const {
  std::string help = absl::StrCat(program_->get_name(), " ", row_.name, " ",
                                  row_.arguments, "\n", Paragraph(row_.about));
  if (!options_.empty()) help += "\n";
  for (const OptionRow& option : options_) {
    const bool off = absl::c_any_of(switches_, [&](const SwitchRow& known) {
      return known.row.name == option.name && known.on;
    });
    std::string name =
        absl::StrCat("  --", off ? "no" : "", option.name,
                     option.value.empty() ? "" : "=", option.value, " ");
    if (name.size() < kOptionColumn) name.resize(kOptionColumn, ' ');
    absl::StrAppend(&help, name, Wrap(option.help, kOptionColumn), "\n");
  }
  absl::StrAppend(&help, Paragraph(row_.closing));
  return help;
}

CommandTable::CommandTable(absl::string_view name, absl::string_view about,
                           absl::string_view closing)
    : app_(std::make_unique<CLI::App>(std::string(about), std::string(name))) {
  app_->footer(std::string(closing));
  app_->set_help_flag();
  // No more than one, so that "explain run" has a word.
  app_->require_subcommand(0, 1);
}

CommandTable::~CommandTable() = default;

Subcommand& CommandTable::Add(const SubcommandRow& row) {
  subcommands_.push_back(absl::WrapUnique(new Subcommand(*app_, row)));
  return *subcommands_.back();
}

absl::Status CommandTable::WrongUsage(absl::string_view message,
                                      const Subcommand* subcommand) const {
  return absl::InvalidArgumentError(absl::StrCat(
      message, "\nsee ", app_->get_name(), " ",
      subcommand == nullptr ? "" : absl::StrCat(subcommand->row().name, " "),
      "--help"));
}

absl::StatusOr<CommandTable::Parsed> CommandTable::Parse(
    const std::vector<std::string>& arguments) {
  Parsed parsed;
  const auto end = absl::c_find(arguments, "--");
  const bool has_contender = end != arguments.end();
  if (has_contender) parsed.contender.assign(end + 1, arguments.end());
  std::vector<std::string> ours;
  std::copy_if(arguments.begin(), end, std::back_inserter(ours),
               [&](const std::string& argument) {
                 const bool help = argument == "--help" || argument == "-h" ||
                                   argument == "-help";
                 parsed.help |= help;
                 return !help;
               });
  // The subcommand comes first, before options that stand before it.
  const auto named = std::find_if_not(ours.begin(), ours.end(), IsOption);
  if (named == ours.end()) {
    if (ours.empty() || parsed.help) return parsed;
    return WrongUsage(
        absl::StrCat("there is no option ",
                     ours.front().substr(0, ours.front().find('=')),
                     " without a command"),
        nullptr);
  }
  std::rotate(ours.begin(), named, named + 1);
  if (ours.front() == "help") {
    parsed.help = true;
    ours.erase(ours.begin());
    if (ours.empty()) return parsed;
  }
  const auto known = absl::c_find_if(subcommands_, [&](const auto& subcommand) {
    return subcommand->row().name == ours.front();
  });
  if (known == subcommands_.end()) {
    return WrongUsage(
        absl::StrCat("there is no command \"", ours.front(), "\""), nullptr);
  }
  Subcommand& subcommand = **known;
  parsed.subcommand = &subcommand;
  if (parsed.help) return parsed;

  const SubcommandRow& row = subcommand.row();
  if (has_contender && row.contender == SubcommandRow::Contender::kNone) {
    return WrongUsage(
        absl::StrCat(app_->get_name(), " ", row.name, " takes no contender"),
        &subcommand);
  }
  std::vector<std::string> respelled;
  for (const std::string& argument : ours) {
    std::string word =
        IsOption(argument) ? subcommand.Respell(argument) : argument;
    if (!word.empty() || argument.empty()) {
      respelled.push_back(std::move(word));
    }
  }
  std::reverse(respelled.begin(), respelled.end());  // as CLI11 takes them
  try {
    app_->parse(std::move(respelled));
  } catch (const CLI::ParseError& error) {
    subcommand.Wrong(error.what());
  }
  const std::string wrong = subcommand.WhatIsWrong();
  if (!wrong.empty()) return WrongUsage(wrong, &subcommand);
  if (parsed.contender.empty()) {
    if (row.contender == SubcommandRow::Contender::kNeeded) {
      return WrongUsage("say after -- how to start the contender", &subcommand);
    }
    if (has_contender) {
      return WrongUsage("after -- comes the contender's command", &subcommand);
    }
  }
  return parsed;
}

std::string CommandTable::Help() const {
  std::string help = absl::StrCat(
      Wrap(absl::StrCat(app_->get_name(), ": ", app_->get_description()), 0),
      "\n\n");
  for (const auto& subcommand : subcommands_) {
    const SubcommandRow& row = subcommand->row();
    absl::StrAppend(&help, "  ", app_->get_name(), " ", row.name, " ",
                    row.arguments, "\n", std::string(kSummaryColumn, ' '),
                    Wrap(row.summary, kSummaryColumn), "\n");
  }
  absl::StrAppend(&help, "  ", app_->get_name(), " help COMMAND\n",
                  std::string(kSummaryColumn, ' '), "more about each\n",
                  Paragraph(app_->get_footer()));
  return help;
}

}  // namespace conformance
