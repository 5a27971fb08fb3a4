// The list of all race mutants.

#include "conformance/mutants/races/races.h"

#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/all.h"

namespace conformance {

const std::vector<Mutant>& AllRaceMutants() {
  static const auto* const kAll = new std::vector<Mutant>{
      AnswersBeforeLockingMutant(),   AsksThenLocksMutant(),
      BreaksEmptyFolderMutant(),      BreaksStaleByRenameMutant(),
      BreaksStalePidMutant(),         BreaksStaleSymlinkMutant(),
      ChecksThenCreatesMutant(),      ClosesSecondDescriptorMutant(),
      ComparesThenRemovesMutant(),    CountsLinksOfLockMutant(),
      DiesWhileBreakingMutant(),      EmptiesBeforeLockingMutant(),
      IgnoresFailedUnlinkMutant(),    IgnoresFailedWriteMutant(),
      LeaksOnFailedStatMutant(),      LeaksOnLostRaceMutant(),
      LocksInTwoOrdersMutant(),       LooksTwiceBeforeBreakingMutant(),
      MovesTokenAwayMutant(),         ReadsBackMutant(),
      RechecksBeforeLockingMutant(),  RechecksExistenceMutant(),
      RechecksLinkCountMutant(),      RechecksSizeMutant(),
      RemovesThenUnlocksMutant(),     RenamesIntoPlaceMutant(),
      ReplacesStaleFileMutant(),      SharesTemporaryNameMutant(),
      SticksWhenKilledEarlyMutant(),  TakesErrorsForLockMutant(),
      TakesForbiddenForDeadMutant(),  TakesInterruptionForLockMutant(),
      TakesUnreadableForFreeMutant(), TakesUnwrittenForStaleMutant(),
      TrustsNewFileMutant(),          TrustsWhatItWaitedForMutant(),
      UnlocksThenRemovesMutant(),     UpgradesSharedLockMutant(),
  };
  return *kAll;
}

}  // namespace conformance
