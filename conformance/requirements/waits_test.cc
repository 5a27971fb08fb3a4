// A waiter in shell, which sleeps while its children work.

#include "conformance/requirements/waits.h"

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
// process that is none of the contender's leaves a file and lets it go on.
TEST(WaitsTest, OneWhoseChildWorksIsNotAsleep) {
  const TempFolder folder;
  const TempFolder elsewhere;
  const std::string worked = elsewhere.path() + "/worked";
  ContenderSource source;
  source.command = {
      "sh", "-c",
      absl::StrCat("while read w a b c; do case $w in\n"
                   "hello) echo hello lockfile-contender/1 name=shell"
                   " version=1 pid=$$ can=forever ;;\n"
                   "acquire) sh -c 'kill -STOP $$; exec sleep 10' &\n"
                   "  setsid -f sh -c \"sleep 0.05; : > ",
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

}  // namespace
}  // namespace conformance
