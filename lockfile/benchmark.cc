// The cost of an acquisition, beside the bare system calls.
//
//   tools/bazel run -c opt //lockfile:benchmark --
//       --benchmark_enable_random_interleaving --benchmark_repetitions=9
//
// Only ratios of one run mean anything. tools/lockbench measures what takes
// more than one process.

#include "benchmark/benchmark.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>  // NOLINT(build/c++11): std::filesystem's errors

#include "absl/base/log_severity.h"
#include "absl/log/globals.h"
#include "absl/log/log.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lockfile/lock_file.h"

namespace lockfile {
namespace {

// A folder that goes away with the process.
const std::string& Directory() {
  struct Folder {
    Folder()
        : path((std::filesystem::temp_directory_path() /
                "lockfile_benchmark.XXXXXX")
                   .string()) {
      if (::mkdtemp(path.data()) == nullptr) ::abort();
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    std::string path;
  };
  static const Folder folder;
  return folder.path;
}

std::string Path(const char* name) {
  return absl::StrCat(Directory(), "/", name);
}

void BM_BareOpenFlockClose(benchmark::State& state) {
  const std::string path = Path("free");
  for (auto _ : state) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    benchmark::DoNotOptimize(::flock(fd, LOCK_EX | LOCK_NB));
    ::close(fd);
  }
}
BENCHMARK(BM_BareOpenFlockClose);

void AcquireAndClose(benchmark::State& state, const std::string& path,
                     const LockFileOptions& options) {
  for (auto _ : state) {
    absl::StatusOr<LockFile> lock = LockFile::Acquire(path, options);
    if (!lock.ok() || !lock->Close().ok()) {
      state.SkipWithError("cannot lock");
      return;
    }
  }
}

void BM_AcquireAndClose(benchmark::State& state) {
  AcquireAndClose(state, Path("free"), {});
}
BENCHMARK(BM_AcquireAndClose);

void BM_AcquireAndCloseWithOwnerRecord(benchmark::State& state) {
  LockFileOptions options;
  options.owner_record = "{pid}\n";
  AcquireAndClose(state, Path("recorded"), options);
}
BENCHMARK(BM_AcquireAndCloseWithOwnerRecord);

void BM_BareOpenFlockCloseRefused(benchmark::State& state) {
  const std::string path = Path("held");
  const int holder = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (::flock(holder, LOCK_EX | LOCK_NB) != 0) ::abort();
  for (auto _ : state) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    benchmark::DoNotOptimize(::flock(fd, LOCK_EX | LOCK_NB));
    ::close(fd);
  }
  ::close(holder);
}
BENCHMARK(BM_BareOpenFlockCloseRefused);

void BM_Refused(benchmark::State& state) {
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  LockFileOptions options;
  options.owner_record = "{pid}\n";
  const std::string path = Path("held");
  const absl::StatusOr<LockFile> holder = LockFile::Acquire(path, options);
  if (!holder.ok()) ::abort();
  for (auto _ : state) {
    benchmark::DoNotOptimize(LockFile::Acquire(path));
  }
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kError);
}
BENCHMARK(BM_Refused);

// The log's share of the above.
void BM_LogRecordAlone(benchmark::State& state) {
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kInfinity);
  const std::string path = Path("held");
  for (auto _ : state) {
    LOG(ERROR) << "Error locking file " << path << "; pid=" << 12345;
  }
  absl::SetStderrThreshold(absl::LogSeverityAtLeast::kError);
}
BENCHMARK(BM_LogRecordAlone);

}  // namespace
}  // namespace lockfile

BENCHMARK_MAIN();
