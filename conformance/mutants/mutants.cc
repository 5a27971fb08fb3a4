// The list of all mutants.

#include <algorithm>
#include <iostream>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/mutants/all.h"
#include "conformance/mutants/mutant.h"

namespace conformance {

const std::vector<Mutant>& AllMutants() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<Mutant>{
        AbortsOnAcquireMutant(),
        AbstractSocketMutant(),
        AcceptsAnyFileMutant(),
        AddsSuffixMutant(),
        AlwaysSuccessMutant(),
        AnnouncesItselfMutant(),
        AnswersTwiceMutant(),
        AnswersUnclaimedMutant(),
        AppendsRecordMutant(),
        BabblesMutant(),
        BelievesContentMutant(),
        BelievesDeadPidMutant(),
        BelievesLeadingNumberMutant(),
        BlockingMutant(),
        BlocksOnFifoMutant(),
        BothBackOffMutant(),
        CheckThenCreateMutant(),
        ChildBelievesItHoldsMutant(),
        ChildKeepsCopyMutant(),
        ChildUnlocksAtForkMutant(),
        ChmodsOnOpenMutant(),
        ClaimsOwnerRecordsNothingMutant(),
        ClosesStdoutAndLivesMutant(),
        CreatesDirectoriesMutant(),
        CreatesOnceMutant(),
        CutsAtNulMutant(),
        DiesBetweenTwoBytesMutant(),
        EmptiesOnAcquireMutant(),
        EmptyLineMutant(),
        EmptyMeansHereMutant(),
        EncodesSpacesMutant(),
        EndlessLineMutant(),
        EscapesQuotesMutant(),
        ExclusiveCreateMutant(),
        ExitsAfterHelloMutant(),
        ExitsQuietlyOnAcquireMutant(),
        FailureLeaksDescriptorMutant(),
        FiltersDigitsMutant(),
        FollowsLinksMutant(),
        FollowsLinksTruncatingMutant(),
        FormatsPathMutant(),
        GivesUpEarlyMutant(),
        GivesUpLateMutant(),
        HangsOnAcquireMutant(),
        IgnoresEndOfInputMutant(),
        IgnoresFailedRecordMutant(),
        LeaksDescriptorMutant(),
        LeaksMemoryMutant(),
        LeaksThroughExecMutant(),
        LeavesHelperMutant(),
        LeavesZombieMutant(),
        LiesAboutPidMutant(),
        LocksDirectoriesMutant(),
        LocksParentInsteadMutant(),
        LogsAWarningMutant(),
        LogsAbsolutePathMutant(),
        LogsAsciiOnlyMutant(),
        LogsNothingMutant(),
        LogsOtherTextMutant(),
        LogsRawPathMutant(),
        LogsSuccessMutant(),
        LogsTwiceMutant(),
        MindsSignalsMutant(),
        MindsSignalsWhileWaitingMutant(),
        MindsStopsMutant(),
        MkdirLockMutant(),
        NapsBeforeTryingMutant(),
        NeedsASlashMutant(),
        NoLastAttemptMutant(),
        NoLockMutant(),
        NoNewlineMutant(),
        NoRecheckMutant(),
        NoTruncateMutant(),
        OneLockPerFolderMutant(),
        OneLockPerProcessMutant(),
        OneShotMutant(),
        OnlyClosesMutant(),
        PidFileMutant(),
        PoisonedByFailureMutant(),
        PoisonedByRefusalMutant(),
        PollsSlowlyMutant(),
        PollsWhenLimitedMutant(),
        PretendsOnReadOnlyMutant(),
        RecordLockMutant(),
        RecordLockWithTableMutant(),
        RecordsParentMutant(),
        RefusalLeaksDescriptorMutant(),
        RefusesACrowdMutant(),
        ReleasesLateMutant(),
        RenameOverMutant(),
        ReplacesExistingMutant(),
        ReplacesStrangeFilesMutant(),
        SaysNoneMutant(),
        SecondReleaseClosesAgainMutant(),
        SecondReleaseUnlinksMutant(),
        SharedLockMutant(),
        ShortensPathsMutant(),
        SilentInProcessMutant(),
        SlowRefusalMutant(),
        SpinsMutant(),
        StealsFromStoppedMutant(),
        TableByNameMutant(),
        TakesErrorsForRefusalsMutant(),
        TakesOverAfterPauseMutant(),
        TouchesOnRefusalMutant(),
        TruncatesNamesMutant(),
        TruncatesOnOpenMutant(),
        UnescapedSpaceMutant(),
        UnflushedMutant(),
        UnknownCapabilityMutant(),
        UnlinkOnReleaseMutant(),
        UnlinkOnReleaseWithRecheckMutant(),
        UnlinksOnRefusalMutant(),
        UnlinksWhileHeldMutant(),
        WaitsForHelperMutant(),
        WaitsForWordMutant(),
        WaitsInThreadMutant(),
        WrongFieldCountMutant(),
        WrongHandleMutant(),
        WrongVersionMutant(),
    };
    std::sort(all->begin(), all->end(),
              [](const Mutant& a, const Mutant& b) { return a.name < b.name; });
    return all;
  }();
  return *kAll;
}

int RunNamed(const std::vector<Mutant>& mutants, int argc, char** argv) {
  const absl::string_view name = argc == 2 ? argv[1] : "";
  for (const Mutant& mutant : mutants) {
    if (mutant.name == name) return mutant.main();
  }
  std::cerr << "Say which of these is to run:\n";
  for (const Mutant& mutant : mutants) {
    std::cerr << "  " << mutant.name << "  " << mutant.defect << "\n";
  }
  return 2;
}

}  // namespace conformance
