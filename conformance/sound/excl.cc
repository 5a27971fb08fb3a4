// A file that is made with O_EXCL: without a record, and so for ever if its
// owner dies, or with one, in different forms.

#include <errno.h>
#include <fcntl.h>

#include <string>

#include "conformance/protocol.h"
#include "conformance/sound/calls.h"
#include "conformance/sound/existence.h"
#include "conformance/sound/held.h"
#include "conformance/sound/owner.h"
#include "conformance/sound/sound.h"

namespace conformance::sound {
namespace {

class ExclNever : public Existence {
 public:
  ExclNever() : Existence(Takeover::kNever) {}
  Introduction Describe() const override {
    return Introduce("O_EXCL", "existence-lock", "@", "never");
  }

 private:
  Made Make(const Place& place) override {
    Made made;
    made.pin =
        OpenAt(place.folder.get(), place.name, O_RDWR | O_CREAT | O_EXCL, 0666);
    if (!made.pin.ok()) made.error = errno;
    return made;
  }
};

class ExclTakeover : public RecordFile {
 public:
  explicit ExclTakeover(Format format, Takeover takeover = Takeover::kOwner)
      : RecordFile(takeover, format) {}
  Introduction Describe() const override {
    return WithOwnerPid(
        Introduce("O_EXCL with owner", "existence-lock", "@", "owner"));
  }
};

class TwoLooks : public ExclTakeover {
 public:
  TwoLooks() : ExclTakeover(Format::kPlain, Takeover::kOwnerInTwoLooks) {}
};

const RegisteredSound kExclNever({
    "excl_never",
    "A file made with O_EXCL, which nobody takes over.",
    Serve<ExclNever>(),
});

const RegisteredSound kExclTakeover({
    "excl_takeover",
    "A file made with O_EXCL, with its owner's pid and start time.",
    Serve<ExclTakeover>(Format::kPlain),
});

const RegisteredSound kExclTwoLooks({
    "excl_two_looks",
    "A file made with O_EXCL; who finds it stale removes it, and is refused.",
    Serve<TwoLooks>(),
});

const RegisteredSound kExclBootId({
    "excl_boot_id",
    "A file made with O_EXCL, with its owner's pid, start time and boot.",
    Serve<ExclTakeover>(Format::kBootId),
});

const RegisteredSound kExclJson({
    "excl_json",
    "A file made with O_EXCL, with its owner as JSON.",
    Serve<ExclTakeover>(Format::kJson),
});

}  // namespace
}  // namespace conformance::sound
