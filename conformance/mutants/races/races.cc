// The list of all race mutants.

#include "conformance/mutants/races/races.h"

#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/races/all.h"
#include "conformance/mutants/races/whole_locks.h"

namespace conformance {

const std::vector<Mutant>& AllRaceMutants() {
  static const auto* const kAll = new std::vector<Mutant>{
      AnswersBeforeLockingMutant(),
      AsksThenLocksMutant(),
      BreaksEmptyFolderMutant(),
      BreaksOldFileMutant(),
      BreaksStaleByRenameMutant(),
      BreaksStalePidMutant(),
      BreaksStaleSymlinkMutant(),
      ChecksThenCreatesMutant(),
      ClosesSecondDescriptorMutant(),
      ComparesThenRemovesMutant(),
      CountsLinksOfLockMutant(),
      DiesWhileBreakingMutant(),
      EmptiesBeforeLockingMutant(),
      IgnoresFailedUnlinkMutant(),
      IgnoresFailedWriteMutant(),
      KeepsLockInHelperMutant(),
      LeaksOnFailedStatMutant(),
      LeaksOnLostRaceMutant(),
      LeavesWaitingHelperMutant(),
      LocksInTwoOrdersMutant(),
      LooksTwiceBeforeBreakingMutant(),
      MovesTokenAwayMutant(),
      ReadsBackMutant(),
      RechecksBeforeLockingMutant(),
      RechecksExistenceMutant(),
      RechecksLinkCountMutant(),
      RechecksSizeMutant(),
      RemovesAtItsEndMutant(),
      RemovesTemporariesMutant(),
      RemovesThenUnlocksMutant(),
      RenamesIntoPlaceMutant(),
      ReplacesStaleFileMutant(),
      SharesTemporaryNameMutant(),
      SticksWhenKilledEarlyMutant(),
      SticksWhenReleaseFailsMutant(),
      TakesErrorsForLockMutant(),
      TakesErrorsForRefusalMutant(),
      TakesForbiddenForDeadMutant(),
      TakesInterruptionForLockMutant(),
      TakesUnreadableForFreeMutant(),
      TakesUnwrittenForStaleMutant(),
      TrustsNewFileMutant(),
      TrustsWhatItWaitedForMutant(),
      UnlocksThenRemovesMutant(),
      UnlocksThenRemovesAtItsEndMutant(),
      UpgradesSharedLockMutant(),
  };
  return *kAll;
}

const std::vector<Mutant>& AllWholeLocks() {
  static const auto* const kAll = new std::vector<Mutant>{
      {"whole_pid_file_by_link", "", {}, Serve<PidFileByLink>()},
      {"whole_pid_file_by_made_up_name", "", {}, Serve<PidFileByMadeUpName>()},
      {"whole_pid_in_link", "", {}, Serve<PidInLink>()},
      {"whole_record_in_place", "", {}, Serve<RecordInPlace>()},
      {"whole_removed_file", "", {}, Serve<RemovedFile>()},
  };
  return *kAll;
}

}  // namespace conformance
