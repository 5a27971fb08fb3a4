// The list of all of them, to which each adds itself.

#include "conformance/sound/sound.h"

#include <utility>
#include <vector>

#include "conformance/testing/registry.h"

namespace conformance::sound {
namespace {

Registry<SoundLock>& Locks() {
  static auto* const locks = new Registry<SoundLock>();
  return *locks;
}

}  // namespace

RegisteredSound::RegisteredSound(SoundLock lock) {
  Locks().Add(std::move(lock));
}

const std::vector<SoundLock>& AllSound() { return Locks().All(); }

}  // namespace conformance::sound
