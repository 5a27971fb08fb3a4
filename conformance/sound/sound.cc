// All of them.

#include "conformance/sound/sound.h"

#include <algorithm>
#include <vector>

#include "conformance/sound/all.h"

namespace conformance::sound {

const std::vector<SoundLock>& AllSound() {
  static const auto* const kAll = [] {
    auto* const all = new std::vector<SoundLock>{
        AnswersSlowlyLock(),  BacksOffLock(),     ByModeLock(),
        ExclBootIdLock(),     ExclJsonLock(),     ExclNeverLock(),
        ExclTakeoverLock(),   ExclTwoLooksLock(), FolderNeverLock(),
        FolderTakeoverLock(), ForeverOnlyLock(),  HashElsewhereLock(),
        HelperLock(),         KeepsOpenLock(),    LargeLock(),
        Lease30SLock(),       Lease5MinLock(),    LinkNeverLock(),
        LinkTakeoverLock(),   NamelessFileLock(), NormalisesLock(),
        NotMyLockLock(),      OfdLock(),          Polls250MsLock(),
        Polls50MsLock(),      Polls5MsLock(),     RecordTableLock(),
        RelayLock(),          RemovedLock(),      SeparateFileLock(),
        SettlesLateLock(),    StartsIn15SLock(),  StartsIn600MsLock(),
        SurvivesSignalLock(), SymlinkNeverLock(), SymlinkTakeoverLock(),
        TokenLock(),
    };
    std::sort(
        all->begin(), all->end(),
        [](const SoundLock& a, const SoundLock& b) { return a.name < b.name; });
    return all;
  }();
  return *kAll;
}

}  // namespace conformance::sound
