// The list of this process's lock descriptors, and what fork() does to it.

#include "lockfile/internal/lock_descriptor.h"

#include <atomic>
#include <mutex>

namespace lockfile {
namespace internal {
namespace {

// How many locks have been given back.
std::atomic<uint64_t> releases{0};

}  // namespace

class DescriptorList {
 public:
  static DescriptorList& Get() {
    // Never destroyed: fork() may be called, and locks with static storage
    // duration closed, while the process exits.
    static DescriptorList& list = *new DescriptorList;
    return list;
  }

  // Installs the fork handlers, once. Returns 0 or an errno; a failure isn't
  // remembered, and the next call tries again.
  int InstallForkHandlers();

  // A number that changes with each fork. Never says so in the midst of one.
  uint64_t Forks();

  // Adds `entry`, unless the process has forked since Forks() said `forks`.
  bool Add(LockDescriptor* entry, uint64_t forks);

  void Remove(LockDescriptor* entry);

  // Opens and adds, while nobody can fork.
  int OpenAndAdd(LockDescriptor* entry, absl::FunctionRef<Outcome<int>()> open);

 private:
  DescriptorList() = default;

  void Link(LockDescriptor* entry);

  static void BeforeFork();
  static void AfterForkInParent();
  static void AfterForkInChild();

  // Held during fork(), and unlocked by the child, too. So it is not an
  // absl::Mutex: unlocking that one in the child would hand it on to waiters
  // who didn't come along.
  std::mutex mutex_;
  LockDescriptor* first_ = nullptr;
  // Odd in the midst of a fork. Changed under the mutex, read without.
  std::atomic<uint64_t> forks_{0};
  std::atomic<bool> fork_handlers_installed_{false};
};

int DescriptorList::InstallForkHandlers() {
  if (fork_handlers_installed_.load(std::memory_order_acquire)) return 0;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (fork_handlers_installed_) return 0;
  const int error =
      System::Get().AtFork(&BeforeFork, &AfterForkInParent, &AfterForkInChild);
  fork_handlers_installed_ = error == 0;
  return error;
}

uint64_t DescriptorList::Forks() {
  const uint64_t forks = forks_.load(std::memory_order_acquire);
  if (forks % 2 == 0) return forks;
  const std::lock_guard<std::mutex> lock(mutex_);
  return forks_;
}

bool DescriptorList::Add(LockDescriptor* entry, uint64_t forks) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (forks_ != forks) return false;
  Link(entry);
  return true;
}

void DescriptorList::Remove(LockDescriptor* entry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (entry->link_ == nullptr) return;
  *entry->link_ = entry->next_;
  if (entry->next_ != nullptr) entry->next_->link_ = entry->link_;
  entry->next_ = nullptr;
  entry->link_ = nullptr;
}

int DescriptorList::OpenAndAdd(LockDescriptor* entry,
                               absl::FunctionRef<Outcome<int>()> open) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Outcome<int> opened = open();
  if (!opened.ok()) return opened.error();
  entry->descriptor_ = opened.value();
  Link(entry);
  return 0;
}

void DescriptorList::Link(LockDescriptor* entry) {
  entry->next_ = first_;
  if (first_ != nullptr) first_->link_ = &entry->next_;
  entry->link_ = &first_;
  first_ = entry;
}

void DescriptorList::BeforeFork() {
  DescriptorList& list = Get();
  list.mutex_.lock();
  ++list.forks_;
}

void DescriptorList::AfterForkInParent() {
  DescriptorList& list = Get();
  ++list.forks_;
  list.mutex_.unlock();
}

// Only close(2): the parent shares these open file descriptions, and an unlock
// would be its unlock. The number is gone, whatever close answers.
void DescriptorList::AfterForkInChild() {
  DescriptorList& list = Get();
  while (list.first_ != nullptr) {
    LockDescriptor* const entry = list.first_;
    list.first_ = entry->next_;
    System::Get().Close(entry->descriptor_);
    entry->descriptor_ = -1;
    entry->next_ = nullptr;
    entry->link_ = nullptr;
  }
  ++list.forks_;
  list.mutex_.unlock();
}

int LockDescriptor::Open(absl::FunctionRef<Outcome<int>()> open) {
  DescriptorList& list = DescriptorList::Get();
  const int error = list.InstallForkHandlers();
  if (error != 0) return error;
  owner_pid_ = System::Get().GetPid();
  // First without the mutex, so that a file system that takes its time (a
  // server that is down) doesn't hold up every fork() of the process. A child
  // forked meanwhile keeps a stray descriptor; since we give ours up, no lock
  // is ever taken on that open file description. Where forks are so frequent,
  // or opening so slow, that this fails again and again, they have to wait.
  constexpr int kAttemptsWithoutMutex = 3;
  for (int i = 0; i < kAttemptsWithoutMutex; ++i) {
    const uint64_t forks = list.Forks();
    const Outcome<int> opened = open();
    if (!opened.ok()) return opened.error();
    descriptor_ = opened.value();
    if (list.Add(this, forks)) return 0;
    descriptor_ = -1;
    System::Get().Close(opened.value());
  }
  return list.OpenAndAdd(this, open);
}

bool LockDescriptor::IsOpen() const {
  return descriptor_ != -1 && owner_pid_ == System::Get().GetPid();
}

void LockDescriptor::Synchronize() {
  (void)releases.load(std::memory_order_acquire);
}

void LockDescriptor::CloseUnlocked() {
  if (descriptor_ == -1) return;
  DescriptorList::Get().Remove(this);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  System::Get().Close(descriptor);
}

int LockDescriptor::Close() {
  if (descriptor_ == -1) return 0;
  System& system = System::Get();
  if (!system.IsSingleThreaded()) {
    releases.fetch_add(1, std::memory_order_release);
  }
  // A close releases only when nobody has a copy; and a child made by
  // posix_spawn(3) or vfork(2) may have its copy for some microseconds after
  // those have returned, whatever their manual pages lead one to expect: the
  // parent goes on when the child has left its memory, which comes before its
  // descriptors are closed. The unlock comes before leaving the list: a child
  // forked while we are in it closes its copy, and one forked afterwards gets a
  // copy that holds nothing.
  const int unlock_error = IsOpen() ? system.Unlock(descriptor_) : 0;
  DescriptorList::Get().Remove(this);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  const int close_error = system.Close(descriptor);
  return unlock_error != 0 ? unlock_error : close_error;
}

}  // namespace internal
}  // namespace lockfile
