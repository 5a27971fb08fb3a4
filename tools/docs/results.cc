// Writes docs/results.md from the expected failures; with --check it only says
// whether the page is what it would write.
//
//   tools/bazel run //tools/docs:results

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/report/scoreboard.h"
#include "conformance/requirements/catalogue.h"
#include "conformance/verdict.h"
#include "tools/docs/page.h"

namespace {

using conformance::docs::InDocs;
using conformance::docs::ReadFile;
using conformance::docs::WritePage;

conformance::Judged ReadJudged(absl::string_view name,
                               absl::string_view folder) {
  const std::string path =
      absl::StrCat("conformance/contenders/", folder, "/expected_failures.txt");
  absl::StatusOr<conformance::ExpectedFailures> failures =
      conformance::ExpectedFailures::Parse(ReadFile(path),
                                           conformance::Catalogue());
  if (!failures.ok()) {
    std::cerr << path << ": " << failures.status().message() << "\n";
    std::exit(2);
  }
  return {std::string(name), std::string(folder), *std::move(failures)};
}

}  // namespace

int main(int argc, char** argv) {
  // The reference is tested without expected failures, so it has no file.
  const std::vector<conformance::Judged> judged = {
      {"lockfile::LockFile", "lockfile", {}},
      ReadJudged("zc.lockfile 2.0", "zc_lockfile"),
      ReadJudged("py-filelock 3.9.0", "filelock"),
      ReadJudged("flock(1) 2.38.1", "flock"),
      ReadJudged("Boost 1.74", "boost"),
  };
  const std::string page =
      conformance::Scoreboard(conformance::Catalogue(), judged);
  if (argc > 1 && absl::string_view(argv[1]) == "--check") {
    if (ReadFile("docs/results.md") == page) return 0;
    std::cerr << "docs/results.md is out of date; run: tools/bazel run "
                 "//tools/docs:results\n";
    return 1;
  }
  return WritePage(InDocs("results.md"), page);
}
