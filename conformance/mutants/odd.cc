// Reading words and writing bytes.

#include "conformance/mutants/odd.h"

#include <unistd.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "conformance/protocol.h"

namespace conformance {

void Say(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

std::string Success(const Words& command) {
  const std::string& word = command[0];
  if (word == "hello") {
    return absl::StrCat("hello ", kProtocol,
                        " name=odd version=1 pid=", ::getpid(), " can=\n");
  }
  if (word == "acquire" || word == "thread") {
    return absl::StrCat("acquired ", command[1], "\n");
  }
  if (word == "release") return absl::StrCat("released ", command[1], "\n");
  if (word == "touch") return "touched\n";
  if (word == "chdir") return "changed\n";
  if (word == "catch") return "catching\n";
  return "unsupported\n";
}

int SpeakByHand(const std::function<std::string(const Words&)>& answer) {
  std::string line;
  char c = '\0';
  while (::read(STDIN_FILENO, &c, 1) == 1) {
    if (c != '\n') {
      line += c;
      continue;
    }
    Say(answer(absl::StrSplit(std::exchange(line, ""), ' ')));
  }
  return 0;
}

}  // namespace conformance
