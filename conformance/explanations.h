// Failures that those of more basic requirements explain.

#ifndef CONFORMANCE_EXPLANATIONS_H_
#define CONFORMANCE_EXPLANATIONS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/requirement.h"
#include "conformance/runner.h"
#include "conformance/verdict.h"

namespace conformance {

// Decides which failures are explained by those of more basic requirements, and
// hands on verdicts as soon as that is known.
class Explanations {
 public:
  static constexpr absl::string_view kExcludes =
      "Exclusion.SecondProcessIsRefused";
  static constexpr absl::string_view kHolds = "Exclusion.LiveHolderHolds";
  static constexpr absl::string_view kFoldersAreApart =
      "Exclusion.EqualNamesInDifferentFoldersAreDifferent";

  Explanations(const std::vector<Requirement>& requirements,
               const RunOptions& options, KnownVerdicts* known)
      : requirements_(requirements), options_(options), known_(known) {}

  void Add(const Verdict& verdict);
  // Hands on, before this process ends, what has come: of a failure that is not
  // known to be one of its own, just that.
  void GiveUp();
  // The verdicts, when all have come.
  std::vector<Verdict> Finish();

 private:
  void HandOn(bool run_others);
  bool IsWaiting(absl::string_view id) const;
  const Requirement* Selected(absl::string_view id) const;
  // The verdict of a more basic requirement; null while it isn't known.
  const Verdict* Basic(const std::string& id, bool run_others);
  // Whether it is known what to say of it.
  bool Settle(Verdict& verdict, bool run_others, bool force);

  const std::vector<Requirement>& requirements_;
  const RunOptions& options_;
  KnownVerdicts* const known_;
  KnownVerdicts others_;
  KnownVerdicts come_;
  std::vector<std::string> waiting_;  // ids, in the order of coming
};

}  // namespace conformance

#endif  // CONFORMANCE_EXPLANATIONS_H_
