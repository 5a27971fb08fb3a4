// One function for each race mutant, defined in the file of its name.

#ifndef CONFORMANCE_MUTANTS_RACES_ALL_H_
#define CONFORMANCE_MUTANTS_RACES_ALL_H_

#include "conformance/mutants/mutant.h"

namespace conformance {

Mutant AnswersBeforeLockingMutant();
Mutant AsksThenLocksMutant();
Mutant BreaksEmptyFolderMutant();
Mutant BreaksOldFileMutant();
Mutant BreaksStaleByRenameMutant();
Mutant BreaksStalePidMutant();
Mutant BreaksStaleSymlinkMutant();
Mutant ChecksThenCreatesMutant();
Mutant ClosesSecondDescriptorMutant();
Mutant ComparesThenRemovesMutant();
Mutant CountsLinksOfLockMutant();
Mutant DiesWhileBreakingMutant();
Mutant EmptiesBeforeLockingMutant();
Mutant IgnoresFailedUnlinkMutant();
Mutant IgnoresFailedWriteMutant();
Mutant KeepsLockInHelperMutant();
Mutant LeaksOnFailedStatMutant();
Mutant LeaksOnLostRaceMutant();
Mutant LeavesWaitingHelperMutant();
Mutant LocksInTwoOrdersMutant();
Mutant LooksTwiceBeforeBreakingMutant();
Mutant MovesTokenAwayMutant();
Mutant ReadsBackMutant();
Mutant RechecksBeforeLockingMutant();
Mutant RechecksExistenceMutant();
Mutant RechecksLinkCountMutant();
Mutant RechecksSizeMutant();
Mutant RemovesAtItsEndMutant();
Mutant RemovesTemporariesMutant();
Mutant RemovesThenUnlocksMutant();
Mutant RenamesIntoPlaceMutant();
Mutant ReplacesStaleFileMutant();
Mutant SharesTemporaryNameMutant();
Mutant SticksWhenKilledEarlyMutant();
Mutant SticksWhenReleaseFailsMutant();
Mutant TakesErrorsForLockMutant();
Mutant TakesErrorsForRefusalMutant();
Mutant TakesForbiddenForDeadMutant();
Mutant TakesInterruptionForLockMutant();
Mutant TakesUnreadableForFreeMutant();
Mutant TakesUnwrittenForStaleMutant();
Mutant TrustsNewFileMutant();
Mutant TrustsWhatItWaitedForMutant();
Mutant UnlocksThenRemovesMutant();
Mutant UnlocksThenRemovesAtItsEndMutant();
Mutant UpgradesSharedLockMutant();

}  // namespace conformance

#endif  // CONFORMANCE_MUTANTS_RACES_ALL_H_
