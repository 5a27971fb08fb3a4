// The commands of "again:".

#include "conformance/again.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/contender.h"

namespace conformance {
namespace {

// Of one that is linked in there is nothing to say.
std::string Typed(const Invocation& invocation, absl::string_view subcommand,
                  absl::string_view options, const ContenderSource& source) {
  return absl::StrCat(
      invocation.program, " ", subcommand, options,
      source.command.empty() ? "" : absl::StrCat(" -- ", source.ToString()));
}

}  // namespace

std::string CommandToRun(const Invocation& invocation,
                         const ContenderSource& source, absl::string_view id,
                         uint64_t seed) {
  return Typed(
      invocation, "run",
      absl::StrCat(" --filter=", id, " --seed=", seed, invocation.options),
      source);
}

std::string CommandToReplay(const Invocation& invocation,
                            const ContenderSource& source,
                            absl::string_view schedule) {
  // A schedule has spaces and "!", and no quote.
  return Typed(invocation, "replay",
               absl::StrCat(" '", schedule, "'", invocation.options), source);
}

std::string CommandToExamine(const Invocation& invocation,
                             const ContenderSource& source) {
  return Typed(invocation, "doctor", "", source);
}

}  // namespace conformance
