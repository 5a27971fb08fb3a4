// Runs a fuzz target without libFuzzer: with each file of its corpus, and then
// with as many inputs made of those, always the same ones.
//
//   NAME --mutations=N --seconds=S FILE...
//
// It stops making inputs after S seconds, which a loaded machine may need for
// fewer. An input that crashes the target, takes longer than kLimit, or makes
// the process grow beyond kMostMemory, is written to standard error and, where
// Bazel wants such files, to a file.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>  // NOLINT(build/c++11): there is no Abseil here
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr unsigned kLimit = 30;  // seconds, for one input
constexpr size_t kLongest = 4096;
#ifdef __has_feature  // clang's word for what follows
#define LOCKFILE_HAS_FEATURE(x) __has_feature(x)
#else
#define LOCKFILE_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    LOCKFILE_HAS_FEATURE(address_sanitizer) ||                       \
    LOCKFILE_HAS_FEATURE(thread_sanitizer)
constexpr int64_t kMostMemory = int64_t{2} << 30;
#else
constexpr int64_t kMostMemory = int64_t{256} << 20;
#endif

// The input that the target has at the moment, for the signal handler.
const std::string* current = nullptr;
char failure_file[4096] = "";

void Say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

// Contenders that a target forks have the default handlers again.
void TellOfInput(int signal) {
  Say(signal == SIGALRM ? "it takes too long with the input\n"
                        : "it fails with the input\n");
  for (const char c : *current) {
    constexpr char kHex[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7f && c != '\\';
    const char escaped[] = {'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U], 0};
    const char itself[] = {c, 0};
    Say(plain ? itself : escaped);
  }
  Say("\n");
  const int fd =
      ::open(failure_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd >= 0) {
    if (::write(fd, current->data(), current->size()) >= 0) Say(failure_file);
    ::close(fd);
    Say("\n");
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void Run(const std::string& input) {
  current = &input;
  ::alarm(kLimit);
  // Of its exact size, so that a sanitizer sees a read beyond its end.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  ::alarm(0);
  rusage used = {};
  ::getrusage(RUSAGE_SELF, &used);
  if (int64_t{used.ru_maxrss} << 10 > kMostMemory) {
    Say("it has grown\n");
    std::abort();
  }
}

// Inputs like those of the corpus. The engine is prescribed to the bit by the
// standard, so they are the same everywhere.
class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string Next() {
    std::string input = Any();
    const size_t changes = 1 + Draw(4);
    for (size_t i = 0; i < changes; ++i) Change(input);
    if (input.size() > kLongest) input.resize(kLongest);
    return input;
  }

 private:
  size_t Draw(size_t n) { return n == 0 ? 0 : random_() % n; }
  const std::string& Any() { return corpus_[Draw(corpus_.size())]; }

  // A piece of an input: where, and how long.
  std::string PieceOf(const std::string& text) {
    const size_t begin = Draw(text.size());
    return text.substr(begin, 1 + Draw(std::min<size_t>(text.size(), 32)));
  }

  void Change(std::string& input) {
    static constexpr unsigned char kOdd[] = {
        0, 1, '\n', ' ', '"', '%', '-', '0', '9', '=', 0x1b, 0x7f, 0x80, 0xff};
    const size_t at = Draw(input.size() + 1);
    const size_t within = Draw(input.size());
    switch (Draw(8)) {
      case 0:
        if (!input.empty()) {
          input[within] = static_cast<char>(
              static_cast<unsigned char>(input[within]) ^ (1U << Draw(8)));
        }
        break;
      case 1:
        if (!input.empty()) {
          input[within] = static_cast<char>(kOdd[Draw(sizeof(kOdd))]);
        }
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(Draw(256)));
        break;
      case 3:
        if (!input.empty()) input.erase(within, 1 + Draw(16));
        break;
      case 4:
        input.insert(at, PieceOf(input));
        break;
      case 5:
        input.insert(at, PieceOf(Any()));
        break;
      case 6: {
        const std::string& other = Any();
        input = input.substr(0, at) + other.substr(Draw(other.size()));
        break;
      }
      default: {
        // A number, where there is one, becomes another.
        static constexpr const char* kNumbers[] = {"0",
                                                   "-1",
                                                   "2147483648",
                                                   "9223372036854775807",
                                                   "18446744073709551616",
                                                   "1e308"};
        const size_t digit = input.find_first_of("0123456789", within);
        if (digit == std::string::npos) break;
        const size_t end = input.find_first_not_of("0123456789", digit);
        input.replace(digit, std::min(end, input.size()) - digit,
                      kNumbers[Draw(std::size(kNumbers))]);
      }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

int64_t NumberBehind(const char* prefix, const char* argument) {
  const size_t size = std::strlen(prefix);
  if (std::strncmp(prefix, argument, size) != 0) return -1;
  return std::strtoll(argument + size, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
  int64_t mutations = 0;
  int64_t seconds = 0;
  std::vector<std::string> corpus;
  for (int i = 1; i < argc; ++i) {
    if (const int64_t n = NumberBehind("--mutations=", argv[i]); n >= 0) {
      mutations = n;
    } else if (const int64_t n = NumberBehind("--seconds=", argv[i]); n >= 0) {
      seconds = n;
    } else {
      std::ifstream file(argv[i], std::ios::binary);
      if (!file) {
        std::fprintf(stderr, "%s: can't be read\n", argv[i]);
        return 1;
      }
      corpus.emplace_back(std::istreambuf_iterator<char>(file),
                          std::istreambuf_iterator<char>());
    }
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "there is no corpus\n");
    return 1;
  }
  if (const char* folder = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR")) {
    std::snprintf(failure_file, sizeof(failure_file), "%s/input", folder);
  }
  for (const int signal : {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) {
    ::signal(signal, &TellOfInput);
  }

  const auto begun = std::chrono::steady_clock::now();
  Run("");
  for (const std::string& input : corpus) Run(input);
  Mutator mutator(corpus);
  int64_t made = 0;
  while (made < mutations && std::chrono::steady_clock::now() - begun <
                                 std::chrono::seconds(seconds)) {
    Run(mutator.Next());
    ++made;
  }
  std::printf("%zu files of the corpus, %lld inputs made of them\n",
              corpus.size(), static_cast<long long>(made));
  return 0;
}
