#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "conformance/mutants/odd.h"
#include "conformance/mutants/races/races.h"
#include "conformance/mutants/races/whole_locks.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

int held = -1;

std::string Reply(const Words& command) {
  if (command[0] == "release") {
    ::close(held);
    return Success(command);
  }
  if (command[0] != "acquire") return Success(command);
  const std::string path = DecodeField(command[2]).value_or("");
  held = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (held < 0) return "error " + command[1] + " open\n";
  if (Flock(held, LOCK_EX | LOCK_NB) != 0) {
    ::close(held);
    return "busy " + command[1] + "\n";
  }
  Flock(held, LOCK_UN);
  Say(Success(command));
  Flock(held, LOCK_EX | LOCK_NB);
  return "";
}

// Shortest: a finds it free, and answers; b finds it free, and answers.
const RegisteredRaceMutant kAnswersBeforeLocking({
    "answers_before_locking",
    "Answers that it has the lock when it has found it free, and takes it "
    "then.",
    {{"Systematic.NoInterleavingAdmitsTwo"}},
    [] { return SpeakByHand(&Reply); },
});

}  // namespace
}  // namespace conformance
