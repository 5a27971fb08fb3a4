// A waiter in shell, which sleeps while its children work.

#include "conformance/requirements/waits.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "conformance/contender.h"
#include "conformance/testing/temp_folder.h"
#include "conformance/trial.h"
#include "gtest/gtest.h"

namespace conformance {
namespace {

// The child is stopped, and so not asleep however busy the machine is, until a
// process that is none of the contender's has seen the waiter itself asleep
// twenty times in a row: long enough for a look that forgets children. Then it
// leaves a file and lets the child go on, to read what nobody writes.
TEST(WaitsTest, OneWhoseChildWorksIsNotAsleep) {
  const TempFolder folder;
  const TempFolder elsewhere;
  const std::string worked = elsewhere.path() + "/worked";
  const std::string unwritten = elsewhere.path() + "/unwritten";
  ASSERT_EQ(::mkfifo(unwritten.c_str(), 0600), 0);
  ContenderSource source;
  source.command = {
      "sh", "-c",
      absl::StrCat("while read w a b c; do case $w in\n"
                   "hello) echo hello lockfile-contender/1 name=shell"
                   " version=1 pid=$$ can=forever ;;\n"
                   "acquire) sh -c 'kill -STOP $$; exec cat ",
                   unwritten,
                   "' &\n"
                   "  setsid -f sh -c \"n=0; while [ \\$n -lt 20 ]; do "
                   "read -r s < /proc/$$/stat || exit; "
                   "case \\$s in *') S '*) n=\\$((n + 1)) ;; *) n=0 ;; esac; "
                   "done; : > ",
                   worked,
                   "; kill -CONT $!\" < /dev/null > /dev/null 2>&1\n"
                   "  wait; echo acquired $a ;;\n"
                   "*) echo unsupported ;; esac; done")};
  TrialOptions options;
  options.directory = folder.path();
  Trial t("T.T", {}, source, options);
  const int waiter = t.Start();
  StartWaiting(t, waiter, absl::InfiniteDuration());
  AwaitAsleep(t, waiter);
  EXPECT_TRUE(std::filesystem::exists(worked));
}

TEST(WaitsTest, APartOfAMillisecondIsNotEarly) {
  constexpr absl::Duration kWait = absl::Milliseconds(250);
  EXPECT_TRUE(WasNotEarly(kWait, kWait));
  EXPECT_TRUE(WasNotEarly(absl::Microseconds(249'001), kWait));
  EXPECT_FALSE(WasNotEarly(absl::Milliseconds(249), kWait));
  EXPECT_TRUE(WasNotEarly(absl::Microseconds(1), absl::Milliseconds(1)));
}

}  // namespace
}  // namespace conformance
