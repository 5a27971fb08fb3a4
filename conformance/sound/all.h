// One function for each sound lock.

#ifndef CONFORMANCE_SOUND_ALL_H_
#define CONFORMANCE_SOUND_ALL_H_

#include "conformance/sound/sound.h"

namespace conformance::sound {

SoundLock AnswersSlowlyLock();
SoundLock BacksOffLock();
SoundLock ByModeLock();
SoundLock ExclBootIdLock();
SoundLock ExclJsonLock();
SoundLock ExclNeverLock();
SoundLock ExclTakeoverLock();
SoundLock ExclTwoLooksLock();
SoundLock FolderNeverLock();
SoundLock FolderTakeoverLock();
SoundLock ForeverOnlyLock();
SoundLock HashElsewhereLock();
SoundLock HelperLock();
SoundLock KeepsOpenLock();
SoundLock LargeLock();
SoundLock Lease30SLock();
SoundLock Lease5MinLock();
SoundLock LinkNeverLock();
SoundLock LinkTakeoverLock();
SoundLock NamelessFileLock();
SoundLock NormalisesLock();
SoundLock NotMyLockLock();
SoundLock OfdLock();
SoundLock Polls250MsLock();
SoundLock Polls50MsLock();
SoundLock Polls5MsLock();
SoundLock RecordTableLock();
SoundLock RelayLock();
SoundLock RemovedLock();
SoundLock SeparateFileLock();
SoundLock SettlesLateLock();
SoundLock StartsIn15SLock();
SoundLock StartsIn600MsLock();
SoundLock SurvivesSignalLock();
SoundLock SymlinkNeverLock();
SoundLock SymlinkTakeoverLock();
SoundLock TokenLock();

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_ALL_H_
