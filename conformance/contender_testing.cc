// Starting shell scripts, and reading their lines.

#include "conformance/contender_testing.h"

#include <sys/wait.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/monotonic_now.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

using Kind = Contender::Line::Kind;

}  // namespace

absl::Duration InAWhile() { return MonotonicNow() + absl::Seconds(60); }

absl::Duration Soon() { return MonotonicNow() + absl::Milliseconds(50); }

ContenderSource CommandLine(std::vector<std::string> command) {
  ContenderSource source;
  source.command = std::move(command);
  return source;
}

ContenderSource Shell(absl::string_view script) {
  return CommandLine({"sh", "-c", std::string(script)});
}

std::unique_ptr<Contender> Started(const ContenderSource& source,
                                   const StartOptions& options) {
  absl::StatusOr<std::unique_ptr<Contender>> contender =
      Contender::Start(source, options);
  EXPECT_TRUE(contender.ok()) << contender.status();
  return contender.ok() ? *std::move(contender) : nullptr;
}

std::string NextLine(Contender& contender) {
  const Contender::Line line = contender.Await(InAWhile());
  EXPECT_EQ(line.kind, Kind::kLine) << line.text;
  return line.text;
}

std::vector<std::string> Output(const ContenderSource& source,
                                const StartOptions& options) {
  const std::unique_ptr<Contender> contender = Started(source, options);
  std::vector<std::string> lines;
  for (;;) {
    Contender::Line line = contender->Await(InAWhile());
    if (line.kind != Kind::kLine) {
      EXPECT_EQ(line.kind, Kind::kEnd);
      return lines;
    }
    lines.push_back(std::move(line.text));
  }
}

}  // namespace conformance
