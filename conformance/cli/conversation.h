// The doctor's conversation with a contender, command by command. It says on a
// stream how each step went, and counts the contender's mistakes.

#ifndef CONFORMANCE_CLI_CONVERSATION_H_
#define CONFORMANCE_CLI_CONVERSATION_H_

#include <memory>
#include <optional>
#include <ostream>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cli/commands.h"
#include "conformance/contender.h"
#include "conformance/protocol.h"
#include "conformance/report/paint.h"

namespace conformance {

class Conversation {
 public:
  // Both must outlive it.
  Conversation(const DoctorCommand& command, std::ostream& out)
      : command_(command), out_(out) {}

  // Begins it. False, once it is said why, if there is nobody to speak to.
  bool Start();
  bool Hello();

  // Once Start and Hello have succeeded.
  Contender& contender() { return *contender_; }
  const Introduction& introduction() const { return introduction_; }
  bool Can(absl::string_view capability) const;

  // Whether it makes sense to ask more.
  bool Lives() const { return !ended_; }
  void End() { ended_ = true; }

  // Sends and awaits; names what is wrong with the answer. nullopt when there
  // was none that makes sense.
  std::optional<Answer> Ask(const Command& command);
  // The same, of any answer, whether it fits the command or not.
  std::optional<Answer> AskForAny(const Command& command);
  // One command has one answer. A second one comes before the contender reads
  // its input again, unless it reads in some other way: then it is given a
  // moment.
  void NothingMore(const Command& command);
  // `lenient`: another answer can be the implementation's fault and not the
  // contender's.
  std::optional<Answer> Expect(const Command& command, AnswerKind kind,
                               absl::string_view lenient = "");
  // Asks for what a contender can or cannot do, by its own claim.
  void Try(absl::string_view capability, const Command& command,
           AnswerKind kind, bool error_is_good = false);

  static constexpr absl::string_view kJudged =
      "if that is what the implementation says, lockcheck run judges it";

  void Good(absl::string_view text) { Say("ok      ", kGreen, text); }
  void Mistake(absl::string_view text) {
    ++mistakes_;
    Say("MISTAKE ", kRed, text);
  }
  void Hint(absl::string_view text) { Say("note    ", kYellow, text); }
  void ShowStandardError();
  int mistakes() const { return mistakes_; }

 private:
  void Say(absl::string_view mark, absl::string_view color,
           absl::string_view text);
  // After a line that makes no sense: if it was chatter the answer is still to
  // come; if it was the answer the contender reads its input again.
  Contender::Line AwaitMore(absl::Duration deadline);
  bool ReadsInput() const;
  void NoAnswer(absl::string_view line, const Contender::Line& answer);

  const DoctorCommand& command_;
  std::ostream& out_;
  std::unique_ptr<Contender> contender_;
  Introduction introduction_;
  int mistakes_ = 0;
  int asked_ = 0;  // commands that were answered, up to two
  int nonsense_ = 0;
  bool ended_ = false;
  bool said_more_ = false;        // in NothingMore
  bool reads_otherwise_ = false;  // than by read(2) of standard input
};

}  // namespace conformance

#endif  // CONFORMANCE_CLI_CONVERSATION_H_
