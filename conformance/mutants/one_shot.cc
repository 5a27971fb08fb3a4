#include <errno.h>

#include "conformance/mutants/mutant.h"
#include "conformance/mutants/plain_lock.h"

namespace conformance {
namespace {

class OneShot : public PlainLock {
  int Lock(int fd) override {
    const int error = used_ ? EWOULDBLOCK : PlainLock::Lock(fd);
    used_ = true;
    return error;
  }

  bool used_ = false;
};

const RegisteredMutant kOneShot({
    "one_shot",
    "Can be used only once in the life of a process.",
    {{"Reacquisition.BySameProcess"}},
    Serve<OneShot>(),
});

}  // namespace
}  // namespace conformance
