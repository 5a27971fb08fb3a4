// The requirements that are not asked of locks of Windows, since they are about
// things that Windows hasn't got.

#include <array>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "conformance/requirements/catalogue.h"

namespace conformance {
namespace {

constexpr absl::string_view kNoFork = "it has no fork(2)";
constexpr absl::string_view kNoSignals =
    "it has no signals that a process inherits, blocks or catches";
constexpr absl::string_view kNoModes =
    "it has lists of rights, and not the modes of files";
constexpr absl::string_view kNoUsers =
    "its users are no numbers that a process can take";
constexpr absl::string_view kNoSpecialFiles =
    "its folders have no FIFOs or devices in them, nor sockets that the suite "
    "could plant";
constexpr absl::string_view kNoLimit =
    "a process may have as many handles as there is memory for";
constexpr absl::string_view kOtherCalls =
    "a lock of Windows makes no calls of Linux that could fail, or be traced";
constexpr absl::string_view kByText =
    "`..` goes out of its paths by their text, before any link is looked at";
constexpr absl::string_view kOtherCase =
    "capital and small letters are the same in its names";
constexpr absl::string_view kOtherNames =
    "no name may have control characters, quotes or backslashes in it";

}  // namespace

absl::Span<const std::pair<absl::string_view, absl::string_view>>
NotOnWindows() {
  static constexpr std::array<std::pair<absl::string_view, absl::string_view>,
                              20>
      kAll = {{
          {"Exclusion.DifferentNamesAreDifferentLocks", kOtherCase},
          {"Inheritance.*", kNoFork},
          {"Inheritance.HostileSignalStateIsSurvived", kNoSignals},
          {"Process.LeavesSignals", kNoSignals},
          {"Process.NewFilesKeepToMask", kNoModes},
          {"Waiting.Signal*", kNoSignals},
          {"Paths.Fifo", kNoSpecialFiles},
          {"Paths.Socket", kNoSpecialFiles},
          {"Paths.Device", kNoSpecialFiles},
          {"Paths.SpecialFilesAreErrors", kNoSpecialFiles},
          {"Paths.Un*Directory:Paths.ForbiddenFile:Paths.ReadOnlyFile",
           kNoModes},
          {"Paths.DotDotBehindLink", kByText},
          {"Paths.NoDescriptorsLeft", kNoLimit},
          {"Users.*", kNoUsers},
          {"Errors.*", kOtherCalls},
          {"Systematic.*", kOtherCalls},
          {"OwnerRecord.ReleaseSparesNextRecord", kOtherCalls},
          {"Waiting.ReleaseIsNoticedAnyTime", kOtherCalls},
          {"RefusalLog.PathWithQuotesAsGiven", kOtherNames},
          {"RefusalLog.NewlineInPathForgesNothing", kOtherNames},
      }};
  return kAll;
}

}  // namespace conformance
