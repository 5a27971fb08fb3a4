// lockcheck doctor: a conversation with a contender, one step after the other,
// that names the mistakes people make when they write one.

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/cli/commands.h"
#include "conformance/cli/conversation.h"
#include "conformance/contender.h"
#include "conformance/environment.h"
#include "conformance/monotonic_now.h"
#include "conformance/process/kernel_locks.h"
#include "conformance/process/proc.h"
#include "conformance/process/proc_text.h"
#include "conformance/process/worker_process.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

// The message of the examination to its caller where there are no mistakes.
constexpr char kHealthy[] = "healthy";

class Doctor {
 public:
  Doctor(const DoctorCommand& command, std::ostream& out, std::string directory)
      : command_(command),
        talk_(command, out),
        directory_(std::move(directory)) {}

  bool Examine() {
    if (!talk_.Start() || !talk_.Hello()) return false;
    MadeUpCommand();
    if (talk_.Lives()) Locking();
    if (talk_.Lives()) ProcessThatLocks();
    if (talk_.Lives()) Promptness();
    if (talk_.Lives()) LongPath();
    if (talk_.Lives()) Capabilities();
    if (talk_.Lives()) StrangePath();
    if (talk_.Lives()) EndOfInput();
    return talk_.mistakes() == 0;
  }

 private:
  void MadeUpCommand() {
    const std::optional<Answer> answer = talk_.AskForAny({"frobnicate", "a"});
    if (!answer.has_value()) return;
    if (answer->is(AnswerKind::kUnsupported)) {
      talk_.Good("a made-up command is answered with unsupported");
    } else {
      talk_.Mistake(absl::StrCat(
          "a made-up command is answered with ", AnswerKindName(answer->kind),
          "; the answer to anything unknown is unsupported"));
    }
  }

  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_, "/", name);
  }

  void Locking() {
    if (!talk_
             .Expect(AcquireCommand("a", Path("lock")), AnswerKind::kAcquired,
                     Conversation::kJudged)
             .has_value()) {
      if (talk_.Lives()) NeverAcquires();
      return;
    }
    talk_.Expect(
        AcquireCommand("b", Path("lock")), AnswerKind::kBusy,
        "if that is what the implementation says, lockcheck run judges it; "
        "a refusal is busy, and whatever else goes wrong is error");
    talk_.Expect(ReleaseCommand("a"), AnswerKind::kReleased,
                 Conversation::kJudged);
    talk_.Expect(AcquireCommand("c", Path("lock")), AnswerKind::kAcquired,
                 Conversation::kJudged);
    talk_.Expect(ReleaseCommand("c"), AnswerKind::kReleased,
                 Conversation::kJudged);
    talk_.Expect(
        AcquireCommand("a", Path("missing/lock")), AnswerKind::kError,
        "there is no folder `missing`; if that is what the implementation "
        "says, lockcheck run judges it");
  }

  // The first acquire was in vain. An implementation that says so of three
  // files that nobody else knows, and of a folder that isn't there, says
  // nothing else.
  void NeverAcquires() {
    int busy = 0;
    for (const absl::string_view name : {"new1", "new2", "missing/new3"}) {
      const std::optional<Answer> answer =
          talk_.Ask(AcquireCommand(name.substr(0, 3), Path(name)));
      if (!answer.has_value()) return;
      if (answer->is(AnswerKind::kBusy)) ++busy;
    }
    if (busy < 3) return;
    talk_.Mistake(
        "each acquire is answered with busy, of new files, too, and in a "
        "folder that isn't there: busy is for a lock that somebody has, and "
        "every other failure is an error");
  }

  // The files of that name in the folder, and the locks on them.
  std::vector<std::string> TracesOf(absl::string_view name) const {
    std::vector<std::string> traces;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_, error)) {
      const std::string file = entry.path().filename().string();
      if (absl::StrContains(file, name)) traces.push_back(file);
    }
    for (const KernelLock& lock : KernelLocksOf({::getpid()})) {
      if (absl::StrContains(lock.path, name)) {
        traces.push_back(absl::StrCat("a lock on ", name));
      }
    }
    return traces;
  }

  // That pid= is the one that locks is certain to be wrong where another
  // process both reads the commands and has the descriptor that is locked.
  void ProcessThatLocks() {
    const std::string name = "whose";
    const std::optional<Answer> answer =
        talk_.Ask(AcquireCommand("p", Path(name)));
    if (!answer.has_value() || !answer->is(AnswerKind::kAcquired)) return;
    const auto said = static_cast<pid_t>(talk_.introduction().pid);
    if (HasOpen(said, name)) return;
    for (const pid_t pid : AllProcesses()) {
      if (pid == said || GroupOf(pid) != talk_.contender().pid()) continue;
      if (!IsReadingInput(DescribeThreadsOf(pid)) || !HasOpen(pid, name) ||
          HasOpen(said, name)) {
        continue;
      }
      talk_.Mistake(absl::StrCat(
          "pid=", said, " is not the process that locks: ", pid,
          " reads the commands, and has the lock's file open; say the pid of "
          "that one"));
      return;
    }
  }

  bool HasOpen(pid_t pid, absl::string_view name) const {
    std::error_code error;
    const std::string fds = absl::StrCat("/proc/", pid, "/fd");
    for (std::filesystem::directory_iterator it(fds, error), end;
         !error && it != end; it.increment(error)) {
      std::error_code gone;
      const std::string target =
          std::filesystem::read_symlink(it->path(), gone).string();
      if (absl::StartsWith(target, directory_) &&
          absl::StrContains(target.substr(directory_.size()), name)) {
        return true;
      }
    }
    return false;
  }

  // Whether there is nothing of a lock when the answer comes, and something
  // when that to the next command does.
  void Promptness() {
    constexpr int kTimes = 8;
    for (int i = 0; i < kTimes && talk_.Lives(); ++i) {
      const std::string name = absl::StrCat("prompt", i);
      const Command acquire = AcquireCommand(name, Path(name));
      const std::optional<Answer> answer = talk_.AskForAny(acquire);
      if (!answer.has_value() || !answer->is(AnswerKind::kAcquired)) return;
      const std::vector<std::string> before = TracesOf(name);
      if (!before.empty()) {
        talk_.NothingMore(acquire);
        continue;
      }
      if (!talk_.AskForAny({"frobnicate", "b"}).has_value()) return;
      const std::vector<std::string> after = TracesOf(name);
      if (after.empty()) return;  // it is elsewhere
      talk_.Mistake(absl::StrCat(
          "`acquired` came before anything was done: ", after.front(),
          " was not there then, and was a moment later; act, and answer then"));
      return;
    }
  }

  // A command of more than a thousand bytes.
  void LongPath() {
    std::string inside;
    for (int i = 0; i < 4; ++i) {
      absl::StrAppend(&inside, i > 0 ? "/" : "", std::string(220, 'l'));
      if (::mkdir(Path(inside).c_str(), 0755) != 0) return;
    }
    const std::string path = absl::StrCat(Path(inside), "/end");
    const std::optional<Answer> answer = talk_.Expect(
        AcquireCommand("l", path), AnswerKind::kAcquired,
        "a path of some 900 bytes is a path as any other; are lines read "
        "to their end?");
    if (!talk_.Lives()) return;
    // A file may have been made of the beginning of the path.
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(directory_, error),
         end;
         !error && it != end; it.increment(error)) {
      const std::string found = it->path().string();
      std::error_code gone;
      if (absl::StartsWith(path, found) && found != path &&
          !it->is_directory(gone)) {
        talk_.Mistake(absl::StrCat(
            "of a path of ", path.size(), " bytes it has taken the first ",
            found.size(), ": is there a buffer that is too short for a line?"));
        return;
      }
    }
  }

  void Capabilities() {
    talk_.Try(kTouch, TouchCommand(Path("touched")), AnswerKind::kTouched);
    talk_.Try(kChdir, ChdirCommand(directory_), AnswerKind::kChanged);
    talk_.Try(kThread, ThreadCommand("t", Path("lock2")),
              AnswerKind::kAcquired);
    talk_.Try(kWait, AcquireCommand("w", Path("lock3"), absl::Milliseconds(10)),
              AnswerKind::kAcquired);
    talk_.Try(kForever,
              AcquireCommand("f", Path("lock4"), absl::InfiniteDuration()),
              AnswerKind::kAcquired);
    talk_.Try(kCatch, CatchCommand(), AnswerKind::kCatching);
    talk_.Try(kSetenv, SetenvCommand("LOCKCHECK", "1"), AnswerKind::kSet);
    // Only root may, and an error is as good an answer of everybody else.
    talk_.Try(kBecome, BecomeCommand(::getuid(), ::getgid()),
              AnswerKind::kBecame,
              /*error_is_good=*/true);
    Cancel();
    if (!talk_.Lives()) return;
    if (!talk_
             .Expect(AcquireCommand("h", Path("lock5")), AnswerKind::kAcquired,
                     Conversation::kJudged)
             .has_value()) {
      return;
    }
    if (!talk_.Can(kFork)) {
      talk_.Expect(ForkCommand("h", "idle"), AnswerKind::kUnsupported);
    } else {
      for (const absl::string_view mode :
           {"idle", "release", "exit", "exec", "acquire"}) {
        Fork(mode);
      }
    }
    talk_.Expect(ReleaseCommand("h"), AnswerKind::kReleased,
                 Conversation::kJudged);
  }

  // Of a wait that is under way, beside another contender that holds; and where
  // nothing is.
  void Cancel() {
    const Command cancel = CancelCommand("nothing");
    if (!talk_.Can(kCancel)) {
      talk_.Expect(cancel, AnswerKind::kUnsupported);
      return;
    }
    if (!talk_.Expect(cancel, AnswerKind::kError).has_value()) return;
    if (!talk_.Can(kForever) && !talk_.Can(kWait)) {
      talk_.Mistake(
          "cancel is claimed, and neither wait nor forever: there is "
          "nothing to cancel");
      return;
    }
    absl::StatusOr<std::unique_ptr<Contender>> holder =
        Contender::Start(command_.source);
    if (!holder.ok()) {
      talk_.Hint(
          absl::StrCat("a second contender doesn't start, so there is nothing "
                       "to wait for, and to cancel: ",
                       holder.status().message()));
      return;
    }
    const Command acquire = AcquireCommand("h", Path("lock6"));
    for (const Command& command : {HelloCommand(), acquire}) {
      (*holder)->Send(EncodeLine(command));
      const absl::StatusOr<Answer> answer =
          NextAnswer(**holder, MonotonicNow() + command_.deadline);
      if (command == acquire &&
          (!answer.ok() || !answer->is(AnswerKind::kAcquired))) {
        talk_.Hint(
            "a second contender doesn't acquire, so there is nothing to wait "
            "for, and to cancel");
        return;
      }
    }
    CancelWait();
  }

  // `cancelling` and `cancelled`, in either order.
  void CancelWait() {
    const Command wait = AcquireCommand(
        "w", Path("lock6"),
        talk_.Can(kForever) ? absl::InfiniteDuration() : absl::Minutes(10));
    const Command cancel = CancelCommand("w");
    talk_.contender().Send(EncodeLine(wait));
    talk_.contender().Send(EncodeLine(cancel));
    const std::string both = absl::StrCat("`", EncodeLine(wait), "` and then `",
                                          EncodeLine(cancel), "`");
    const absl::Duration deadline = MonotonicNow() + command_.deadline;
    std::vector<std::string> said;
    for (int i = 0; i < 2; ++i) {
      const absl::StatusOr<Answer> answer =
          NextAnswer(talk_.contender(), deadline);
      said.emplace_back(answer.ok() ? AnswerKindName(answer->kind)
                                    : answer.status().message());
      if (!answer.ok()) break;
    }
    std::sort(said.begin(), said.end());
    if (said == std::vector<std::string>{"cancelled", "cancelling"}) {
      talk_.Good(
          absl::StrCat(both, " are answered with cancelling and cancelled"));
      return;
    }
    talk_.Mistake(absl::StrCat(
        "to ", both,
        ", while another process has the lock: ", absl::StrJoin(said, ", "),
        "; it is to read on while it waits, give the wait up when it is told "
        "to, and answer cancelling w and cancelled w"));
    talk_.Hint(
        absl::StrCat("its threads:\n", talk_.contender().DescribeThreads()));
    // More answers may come, or none.
    talk_.End();
  }

  // The next answer; log events aren't one.
  static absl::StatusOr<Answer> NextAnswer(Contender& contender,
                                           absl::Duration deadline) {
    for (size_t events = 0; events < kMaxLogEvents; ++events) {
      const Contender::Line line = contender.Await(deadline);
      if (line.kind != Contender::Line::Kind::kLine) {
        return absl::DeadlineExceededError("no answer came");
      }
      absl::StatusOr<Answer> answer = ParseAnswer(line.text);
      if (!answer.ok() || !answer->is(AnswerKind::kLog)) return answer;
    }
    return absl::DeadlineExceededError("log events came, and no answer");
  }

  void Fork(absl::string_view mode) {
    const std::optional<Answer> answer =
        talk_.Expect(ForkCommand("h", mode), AnswerKind::kForked,
                     "what needs this mode will be unsupported");
    if (!answer.has_value()) return;
    const auto child = static_cast<pid_t>(answer->child);
    const bool gone = ProcessState(child) == '\0' || ProcessState(child) == 'Z';
    if (gone && (mode == "release" || mode == "acquire")) {
      // The implementation can have ended it.
      talk_.Hint(absl::StrCat("forked ", child,
                              ": the child has ended; after a ", mode,
                              " that fails it is to live on, too"));
    } else if (mode != "exit" && (child == talk_.contender().pid() ||
                                  !DescendsFrom(child, ::getpid()))) {
      talk_.Mistake(
          absl::StrCat("forked ", child,
                       ": the child has ended, or is none; it is to live "
                       "on"));
    }
    if (mode == "acquire" && answer->child_result.empty()) {
      talk_.Mistake(
          "in mode acquire the child's result comes after its pid: acquired, "
          "busy or error");
    }
  }

  void StrangePath() {
    const std::string path = Path("a b%\xc3\xa9");
    const std::optional<Answer> answer =
        talk_.Expect(AcquireCommand("s", path), AnswerKind::kAcquired,
                     Conversation::kJudged);
    if (!talk_.Lives() || !answer.has_value()) return;
    // An implementation may add to the name.
    const std::string name = path.substr(path.rfind('/') + 1);
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_, error)) {
      if (absl::StrContains(entry.path().filename().string(), name)) {
        talk_.Good("a path with a space, a percent sign and UTF-8 is decoded");
        return;
      }
    }
    // As the field was sent: the file of a field that was not decoded. Other
    // names than the path's are the implementation's affair.
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_, error)) {
      if (absl::StrContains(
              absl::AsciiStrToUpper(entry.path().filename().string()),
              absl::AsciiStrToUpper(EncodeField(name)))) {
        talk_.Mistake(
            "the file of a path with a space, a percent sign and UTF-8 has the "
            "name of the field as it was sent: are fields decoded, byte by "
            "byte?");
        return;
      }
    }
    talk_.Good(
        "a path with a space, a percent sign and UTF-8 is acquired; no file of "
        "that name tells whether it is decoded");
  }

  void EndOfInput() {
    talk_.contender().CloseInput();
    const Ending ending =
        talk_.contender().Reap(MonotonicNow() + command_.deadline);
    switch (ending.kind) {
      case Ending::Kind::kExited:
        if (ending.code == 0) {
          talk_.Good(
              absl::StrCat("at the end of its input it ", ending.ToString()));
          break;
        }
        talk_.Mistake(
            absl::StrCat("at the end of its input it ", ending.ToString(),
                         "; that is no failure, and the status is 0"));
        talk_.ShowStandardError();
        break;
      case Ending::Kind::kKilled:
        talk_.Mistake(absl::StrCat("at the end of its input it ",
                                   ending.ToString(),
                                   "; it should exit with status 0"));
        talk_.ShowStandardError();
        break;
      case Ending::Kind::kLives:
        talk_.Mistake(
            absl::StrCat("at the end of its input it lives on for more "
                         "than ",
                         absl::FormatDuration(command_.deadline)));
        talk_.Hint(absl::StrCat("its threads:\n",
                                talk_.contender().DescribeThreads()));
        break;
    }
  }

  const DoctorCommand& command_;
  Conversation talk_;
  const std::string directory_;
};

}  // namespace

int RunDoctor(const DoctorCommand& command, std::ostream& out,
              std::ostream& err) {
  if (const absl::Status fit = CheckEnvironment("", 1); !fit.ok()) {
    err << "lockcheck: " << PrintableText(fit.message()) << "\n";
    return kExitUsage;
  }
  // So that nothing is left after a Ctrl-C either.
  absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start(
      "", [&](const std::string& directory) -> std::string {
        const bool healthy = Doctor(command, out, directory).Examine();
        out << (healthy ? "no mistakes found; next: lockcheck run -- "
                        : "mend the mistakes above, then: lockcheck doctor -- ")
            << command.source.ToString() << "\n";
        out.flush();
        return healthy ? kHealthy : "";
      });
  if (!worker.ok()) {
    err << "lockcheck: " << PrintableText(worker.status().message()) << "\n";
    return kExitUsage;
  }
  worker->ReadToEnd();
  const absl::StatusOr<std::string> result = worker->Result();
  if (!result.ok()) {
    err << "lockcheck: the examination: " << result.status().message() << "\n";
    return kExitUsage;
  }
  return *result == kHealthy ? kExitAsExpected : kExitNotAsExpected;
}

}  // namespace conformance
