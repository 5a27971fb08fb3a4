// A sound lock: right, and made differently from the reference. Mutants prove
// that a check can fail; these prove that it doesn't fail wrongly. One way of
// making a lock a file, which registers its locks at its end.

#ifndef CONFORMANCE_SOUND_SOUND_H_
#define CONFORMANCE_SOUND_SOUND_H_

#include <functional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/contender_main.h"

namespace conformance::sound {

struct SoundLock {
  absl::string_view name;
  absl::string_view what;  // one sentence
  // The function that runs as the contender.
  std::function<int()> main;
  // So much longer than usual it takes to answer `hello`, and anything else.
  absl::Duration starts_in = absl::ZeroDuration();
  absl::Duration answers_in = absl::ZeroDuration();
};

// The main of one that is an Implementation, constructed from `args`.
template <typename T, typename... Args>
std::function<int()> Serve(Args... args) {
  return [args...] {
    T implementation(args...);
    return ContenderMain(implementation);
  };
}

// Puts a lock on the list of all, by a constant in its own file.
class RegisteredSound {
 public:
  explicit RegisteredSound(SoundLock lock);
};

// By name, in alphabetical order. Not before main.
const std::vector<SoundLock>& AllSound();

}  // namespace conformance::sound

#endif  // CONFORMANCE_SOUND_SOUND_H_
