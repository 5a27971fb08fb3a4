// Memory that processes share which do one campaign together: who has which
// part of a search, and how far each of them is.
//
// Lock-free, so a process that is killed holds nobody up.

#ifndef CONFORMANCE_EXPLORER_CAMPAIGN_SHARED_WORK_H_
#define CONFORMANCE_EXPLORER_CAMPAIGN_SHARED_WORK_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace conformance::explorer {

class SharedWork {
 public:
  static constexpr int kMaxWorkers = 64;
  static constexpr size_t kMaxSearches = 256;
  static constexpr int64_t kMaxParts = 4096;

  struct Progress {
    std::atomic<int64_t> search, searches;  // the one it is at, of how many
    std::atomic<int64_t> schedules, pruned, steps;  // of all its searches
    std::atomic<int64_t> depth;                     // of the present one
    std::atomic<double> remaining;  // of the present one; < 0: unknown
  };

  // In memory that children made by fork(2) share (mmap(2)); nullptr when there
  // is none. Never given back: it is for the life of a program.
  static SharedWork* Create();

  // Whether this worker is to have the part. Each is given once: to the first
  // that asks or, from the kMaxParts-th of a search and the kMaxSearches-th
  // search on, to the one to which it is bound by its number.
  bool Take(size_t search, int64_t part, int worker, int workers);
  // Whether somebody has met such a bound part: where its worker isn't there,
  // it is searched by nobody.
  bool HasBoundParts(size_t search) const;
  // The worst was found in the part: what comes after it isn't needed.
  void Found(size_t search, int64_t part);
  bool Needless(size_t search, int64_t part) const;

  // Whether the searches that a worker has planned are those of whoever was
  // first here, told by a number that stands for them: otherwise they can't be
  // shared.
  bool Agrees(uint64_t searches);

  // Everything is to be done again, in another way.
  void Abort() { aborted_ = true; }
  bool aborted() const { return aborted_; }

  Progress& progress(int worker) {
    return progress_[static_cast<size_t>(worker)];
  }

 private:
  // Numbers from 1, so that memory that is zero says that nothing is taken.
  std::array<std::array<std::atomic<uint8_t>, kMaxParts>, kMaxSearches> taken_;
  std::array<std::atomic<int64_t>, kMaxSearches> first_;
  std::array<std::atomic<bool>, kMaxSearches> bound_;
  std::array<Progress, kMaxWorkers> progress_;
  std::atomic<bool> aborted_;
  std::atomic<uint64_t> agreed_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_CAMPAIGN_SHARED_WORK_H_
