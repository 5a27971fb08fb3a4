// The fork handlers are installed before anything is locked, or nothing is.

#include "lockfile/internal/lock_descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"
#include "lockfile/internal/system.h"
#include "lockfile/testing/child.h"
#include "lockfile/testing/scoped_system.h"

namespace lockfile {
namespace internal {
namespace {

// pthread_atfork(3) fails so many times before it works.
class FailsAtFork : public System {
 public:
  explicit FailsAtFork(int failures) : failures_(failures) {}

 protected:
  int DoAtFork(void (*prepare)(), void (*parent)(), void (*child)()) override {
    if (failures_-- > 0) return ENOMEM;
    return System::DoAtFork(prepare, parent, child);
  }

 private:
  int failures_;
};

Outcome<int> OpenSomething() {
  return Outcome<int>::Success(::open("/dev/null", O_RDWR | O_CLOEXEC));
}

// In a child, since the handlers are installed once in a process.
TEST(LockDescriptorTest, WithoutForkHandlersNothingIsOpenedAndTheNextTryWorks) {
  Child child([](Channel&) {
    FailsAtFork system(2);
    const ScopedSystemForTesting scope(&system);
    LockDescriptor descriptor;
    for (int i = 0; i < 2; ++i) {
      if (descriptor.Open(&OpenSomething) != ENOMEM) return 1;
      if (descriptor.IsOpen()) return 2;
    }
    if (descriptor.Open(&OpenSomething) != 0) return 3;
    return descriptor.IsOpen() ? 0 : 4;
  });
  EXPECT_EQ(ExitStatus(child.Await()), 0);
}

TEST(LockDescriptorTest, FailsAsTheOpenDoes) {
  LockDescriptor descriptor;
  EXPECT_EQ(descriptor.Open([] { return Outcome<int>::Failure(EMFILE); }),
            EMFILE);
  EXPECT_FALSE(descriptor.IsOpen());
  EXPECT_EQ(descriptor.Close(), 0);
}

// Whichever of several is closed, the others are closed by the child.
TEST(LockDescriptorTest, AChildClosesThoseThatAreOpen) {
  for (int closed = 0; closed < 3; ++closed) {
    LockDescriptor descriptors[3];
    int numbers[3];
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(descriptors[i].Open(&OpenSomething), 0);
      numbers[i] = descriptors[i].get();
    }
    EXPECT_EQ(descriptors[closed].Close(), 0);
    EXPECT_EQ(descriptors[closed].Close(), 0);
    Child child([&](Channel&) {
      for (int i = 0; i < 3; ++i) {
        if (descriptors[i].IsOpen()) return 1;
        // The channel may have got the number of the one that was closed.
        if (i != closed && ::fcntl(numbers[i], F_GETFD) != -1) return 2;
        if (descriptors[i].Close() != 0) return 3;
      }
      return 0;
    });
    EXPECT_EQ(ExitStatus(child.Await()), 0);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(descriptors[i].IsOpen(), i != closed);
    }
  }
}

}  // namespace
}  // namespace internal
}  // namespace lockfile
