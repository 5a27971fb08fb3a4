#include "conformance/cli/command_table.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::string_view kSuits[] = {"clubs", "hearts", "spades"};
constexpr absl::string_view kSeats[] = {"north", "east", "south", "west"};

// A program with options of each kind, which is run once.
class Cards {
 public:
  Cards() {
    Subcommand& deal =
        table_.Add({"deal", "[OPTION...] [-- PLAYER...]", "deals cards",
                    "Deals cards to players.", "Exit status: 0.",
                    SubcommandRow::Contender::kPossible});
    deal.Text({"file-name", "FILE",
               "where it is noted, in as many words as are needed to fill "
               "more than one line",
               Repeated::kYes},
              file);
    deal.Number({"cards", "N", "how many"}, 1, cards, 52);
    deal.Number({"rounds", "N or N,M,O,P...", "how often"}, 1, rounds);
    deal.Number({"seed", "N", "of the shuffle", Repeated::kYes}, seed);
    deal.Duration({"pause", "D", "between two"}, "1s or 1m", pause,
                  absl::Minutes(1));
    deal.Choice({"trump", "SUIT", "which suit is trump"}, kSuits, trump);
    deal.Choice({"seat", "SEAT", "of the dealer"}, kSeats, seat);
    deal.Parsed({"even", "N", "even"}, "even",
                [](const std::string& value) { return value == "2"; });
    deal.Switch({"shuffle", "", "doesn't shuffle", Repeated::kYes}, shuffle);
    deal.Switch({"open-hand", "", "everybody sees them", Repeated::kYes}, open);
    deal.Switch({"fast", "", "at once"}, fast);
    Subcommand& show =
        table_.Add({"show", "CARD", "shows a card", "Shows a card.", "",
                    SubcommandRow::Contender::kNone, "say which card"});
    show.Switch({"back", "", "its back"}, back);
    table_.Add({"sit", "-- PLAYER...", "sits down", "Sits down.", "",
                SubcommandRow::Contender::kNeeded});
  }

  absl::StatusOr<CommandTable::Parsed> Parse(
      const std::vector<std::string>& arguments) {
    return table_.Parse(arguments);
  }
  std::string Help() const { return table_.Help(); }

  std::string file = "none", trump = "hearts", seat = "north";
  int cards = 5, rounds = 1;
  uint64_t seed = 1;
  absl::Duration pause = absl::Seconds(2);
  bool shuffle = true, open = false, fast = false, back = false;

 private:
  CommandTable table_{"cards", "plays cards.", "That is all."};
};

// The error message; "" without one.
std::string Error(const std::vector<std::string>& arguments) {
  const absl::Status status = Cards().Parse(arguments).status();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(CommandTableTest, WritesValuesToWhereTheTableSays) {
  Cards cards;
  const auto parsed =
      cards.Parse({"deal", "--file-name=a b=c", "--cards=3",
                   "--seed=18446744073709551615", "--pause=3s", "--trump=clubs",
                   "--noshuffle", "--open-hand", "--", "x", "--fast", "--"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->subcommand->row().name, "deal");
  EXPECT_THAT(parsed->contender, ElementsAre("x", "--fast", "--"));
  EXPECT_EQ(cards.file, "a b=c");
  EXPECT_EQ(cards.cards, 3);
  EXPECT_EQ(cards.seed, UINT64_MAX);
  EXPECT_EQ(cards.pause, absl::Seconds(3));
  EXPECT_EQ(cards.trump, "clubs");
  EXPECT_FALSE(cards.shuffle);
  EXPECT_TRUE(cards.open);
  EXPECT_FALSE(cards.fast);
  EXPECT_EQ(parsed->subcommand->repeated(),
            " --file-name=a b=c --seed=18446744073709551615 --noshuffle "
            "--open-hand");
}

TEST(CommandTableTest, DefaultsStayWithoutOptionsAndWithEmptyTexts) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"deal"},
        {"deal", "--file-name="},
        {"deal", "--shuffle", "--fast=false"}}) {
    Cards cards;
    const auto parsed = cards.Parse(arguments);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_THAT(parsed->contender, IsEmpty());
    EXPECT_EQ(parsed->subcommand->repeated(), "");
    EXPECT_EQ(cards.file, "none");
    EXPECT_EQ(cards.cards, 5);
    EXPECT_EQ(cards.pause, absl::Seconds(2));
    EXPECT_EQ(cards.trump, "hearts");
    EXPECT_TRUE(cards.shuffle);
    EXPECT_FALSE(cards.fast);
  }
}

TEST(CommandTableTest, NamesHaveManySpellings) {
  for (const char* spelling :
       {"--file-name=x", "--file_name=x", "-file-name=x", "-file_name=x"}) {
    Cards cards;
    ASSERT_TRUE(cards.Parse({"deal", spelling}).ok()) << spelling;
    EXPECT_EQ(cards.file, "x") << spelling;
  }
  for (const char* spelling :
       {"--noopen-hand", "--no-open-hand", "--noopen_hand", "--no_open_hand",
        "-noopen-hand", "--open-hand=false", "--open_hand=no", "--open-hand=0",
        "--noopen-hand=true"}) {
    Cards cards;
    cards.open = true;
    ASSERT_TRUE(cards.Parse({"deal", spelling}).ok()) << spelling;
    EXPECT_FALSE(cards.open) << spelling;
  }
  for (const char* spelling : {"--open-hand", "-open_hand", "--open-hand=true",
                               "--open-hand=Yes", "--open-hand=1"}) {
    Cards cards;
    ASSERT_TRUE(cards.Parse({"deal", spelling}).ok()) << spelling;
    EXPECT_TRUE(cards.open) << spelling;
  }
}

TEST(CommandTableTest, TheLastOfTwoCounts) {
  Cards cards;
  const auto parsed =
      cards.Parse({"deal", "--seed=2", "--noshuffle", "--open-hand", "--seed=3",
                   "--shuffle", "--noopen-hand"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(cards.seed, 3U);
  EXPECT_TRUE(cards.shuffle);
  EXPECT_FALSE(cards.open);
  EXPECT_EQ(parsed->subcommand->repeated(), " --seed=3");
}

TEST(CommandTableTest, OptionsStandAnywhereBeforeTheContender) {
  Cards cards;
  const auto parsed = cards.Parse({"--back", "show", "deal"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->subcommand->row().name, "show");
  EXPECT_EQ(parsed->subcommand->word(), "deal") << "the word, though it is the "
                                                   "name of a subcommand";
  EXPECT_TRUE(cards.back);
  for (const char* word : {"-", "a b", "[a,b]", "{}", "", "show"}) {
    Cards others;
    const auto one = others.Parse({"show", word, "--back"});
    ASSERT_TRUE(one.ok()) << one.status();
    EXPECT_EQ(one->subcommand->word(), word);
    EXPECT_TRUE(others.back);
  }
}

TEST(CommandTableTest, ValuesAreTakenAsTheyAre) {
  for (const char* value : {"[a,b]", "{}", "\"a\"", "--", "a\nb", "%x", "-"}) {
    Cards cards;
    ASSERT_TRUE(cards.Parse({"deal", std::string("--file-name=") + value}).ok())
        << value;
    EXPECT_EQ(cards.file, value);
  }
}

TEST(CommandTableTest, SaysWhatIsWrongAndWhereThereIsHelp) {
  for (const auto& [arguments, why] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"deal", "--crads=1"}, "cards deal has no option --crads"},
           {{"deal", "-c"}, "cards deal has no option --c"},
           {{"deal", "--file_nam=1"}, "cards deal has no option --file-nam"},
           {{"deal", "--back"}, "cards deal has no option --back"},
           {{"deal", "--help=me"}, "cards deal has no option --help"},
           {{"deal", "--cards"}, "--cards needs a value: --cards=..."},
           {{"deal", "--cards", "--fast"},
            "--cards needs a value: --cards=..."},
           {{"deal", "--fast", "player"},
            "what is \"player\"? A contender's command comes after --"},
           {{"deal", "--cards=0"}, "--cards is a number from 1 to 52"},
           {{"deal", "--cards=53"}, "--cards is a number from 1 to 52"},
           {{"deal", "--cards=9999999999"}, "--cards is a number from 1 to 52"},
           {{"deal", "--cards=a"}, "--cards is a number from 1 to 52"},
           {{"deal", "--rounds=0"}, "--rounds is a number from 1"},
           {{"deal", "--seed=-1"}, "--seed is a number from 0"},
           {{"deal", "--pause=soon"}, "--pause is a duration such as 1s or 1m"},
           {{"deal", "--pause=1"}, "--pause is a duration such as 1s or 1m"},
           {{"deal", "--pause=0"}, "--pause is a duration such as 1s or 1m"},
           {{"deal", "--pause=-1s"}, "--pause is a duration such as 1s or 1m"},
           {{"deal", "--pause=2m"}, "--pause is a duration such as 1s or 1m"},
           {{"deal", "--trump=stars"}, "--trump is clubs, hearts or spades"},
           {{"deal", "--seat=up"}, "--seat is one of north, east, south, west"},
           {{"deal", "--even=3"}, "--even is even"},
           {{"deal", "--cards="}, "--cards is a number from 1 to 52"},
           {{"deal", "--seed="}, "--seed is a number from 0"},
           {{"deal", "--pause="}, "--pause is a duration such as 1s or 1m"},
           {{"deal", "--trump="}, "--trump is clubs, hearts or spades"},
           {{"deal", "--even="}, "--even is even"},
           {{"deal", "--fast=perhaps"},
            "--open-hand and --fast are on, or off with =false"},
           {{"deal", "--fast="},
            "--open-hand and --fast are on, or off with =false"},
           {{"deal", "--cards=3", "--crads="},
            "cards deal has no option --crads"},
           {{"deal", "--shuffle=perhaps"},
            "--shuffle is on, or off with =false"},
           {{"deal", "--"}, "after -- comes the contender's command"},
           {{"show"}, "say which card"},
           {{"show", "a", "b"},
            "what is \"b\"? A contender's command comes after --"},
           {{"show", "a", "--", "b"}, "cards show takes no contender"},
           {{"sit"}, "say after -- how to start the contender"},
           {{"sit", "--"}, "say after -- how to start the contender"}}) {
    EXPECT_EQ(Error(arguments),
              absl::StrCat(why, "\nsee cards ", arguments.front(), " --help"));
  }
  EXPECT_EQ(Error({"judge"}),
            "there is no command \"judge\"\nsee cards --help");
  EXPECT_EQ(Error({"--crads=1"}),
            "there is no option --crads without a command\nsee cards --help");
  EXPECT_EQ(Error({"judge", "--help"}),
            "there is no command \"judge\"\nsee cards --help");
  EXPECT_EQ(Error({""}), "there is no command \"\"\nsee cards --help");
}

TEST(CommandTableTest, HelpComesBeforeMistakes) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"deal", "--help"},
        {"-h", "deal"},
        {"deal", "--cards=0", "-help"},
        {"help", "deal"},
        {"help", "deal", "--cards=0"},
        {"deal", "--crads", "--help", "--", "x"}}) {
    Cards cards;
    const auto parsed = cards.Parse(arguments);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_TRUE(parsed->help);
    EXPECT_EQ(parsed->subcommand->row().name, "deal");
  }
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"--help"},
                                                    {"-h"},
                                                    {"help"},
                                                    {"--", "deal"}}) {
    Cards cards;
    const auto parsed = cards.Parse(arguments);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->subcommand, nullptr);
    EXPECT_EQ(parsed->help, !arguments.empty() && arguments.front() != "--");
  }
  // That is the contender's.
  Cards cards;
  EXPECT_FALSE(cards.Parse({"deal", "--", "x", "--help"})->help);
}

TEST(CommandTableTest, HelpIsPrintedFromTheTable) {
  Cards cards;
  EXPECT_EQ(cards.Help(),
            "cards: plays cards.\n"
            "\n"
            "  cards deal [OPTION...] [-- PLAYER...]\n"
            "      deals cards\n"
            "  cards show CARD\n"
            "      shows a card\n"
            "  cards sit -- PLAYER...\n"
            "      sits down\n"
            "  cards help COMMAND\n"
            "      more about each\n"
            "\n"
            "That is all.\n");
  EXPECT_EQ(cards.Parse({"deal", "--help"})->subcommand->Help(),
            "cards deal [OPTION...] [-- PLAYER...]\n"
            "\n"
            "Deals cards to players.\n"
            "\n"
            "  --file-name=FILE     where it is noted, in as many words as are "
            "needed to fill\n"
            "                       more than one line\n"
            "  --cards=N            how many\n"
            "  --rounds=N or N,M,O,P... how often\n"
            "  --seed=N             of the shuffle\n"
            "  --pause=D            between two\n"
            "  --trump=SUIT         which suit is trump\n"
            "  --seat=SEAT          of the dealer\n"
            "  --even=N             even\n"
            "  --noshuffle          doesn't shuffle\n"
            "  --open-hand          everybody sees them\n"
            "  --fast               at once\n"
            "\n"
            "Exit status: 0.\n");
  EXPECT_EQ(cards.Parse({"show", "--help"})->subcommand->Help(),
            "cards show CARD\n"
            "\n"
            "Shows a card.\n"
            "\n"
            "  --back               its back\n");
}

}  // namespace
}  // namespace conformance
