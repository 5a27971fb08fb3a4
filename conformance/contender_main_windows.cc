// The contender's side of the protocol on Windows, and on Wine, where the suite
// is on the other side. What Windows hasn't got is not claimed: fork, catch,
// become. `setenv` isn't either: the suite changes the environment before the
// start.
//
// Paths come as Linux has them. The current drive is that of Wine's root
// folder, so /tmp/lock is Z:\tmp\lock, and nothing needs to be translated.

#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11): `thread` means a thread of the system
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "conformance/cancel_request.h"
#include "conformance/contender_main.h"
#include "conformance/implementation.h"
#include "conformance/protocol.h"

namespace conformance {
namespace {

ABSL_CONST_INIT absl::Mutex output_mutex(absl::kConstInit);
bool serving ABSL_GUARDED_BY(output_mutex) = false;

void WriteLineLocked(const std::vector<std::string>& fields)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(output_mutex) {
  const std::string line = absl::StrCat(EncodeLine(fields), "\n");
  const HANDLE output = ::GetStdHandle(STD_OUTPUT_HANDLE);
  for (size_t written = 0; written < line.size();) {
    DWORD size = 0;
    // The runner has gone; so has every reason to go on.
    if (::WriteFile(output, line.data() + written,
                    static_cast<DWORD>(line.size() - written), &size,
                    nullptr) == 0) {
      ::ExitProcess(1);
    }
    written += size;
  }
}

void WriteLine(const std::vector<std::string>& fields) {
  absl::MutexLock lock(&output_mutex);
  WriteLineLocked(fields);
}

void SetServing(bool on) {
  absl::MutexLock lock(&output_mutex);
  serving = on;
}

// Windows' numbers of processes mean nothing to the suite, which needs Linux'
// to stop and to kill. Wine lets a program make Linux' system calls.
int64_t ProcessNumber() {
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr ||
      ::GetProcAddress(ntdll, "wine_get_version") == nullptr) {
    return static_cast<int64_t>(::GetCurrentProcessId());
  }
#if defined(__GNUC__) && defined(__x86_64__)
  int64_t number = 39;  // getpid(2) of x86-64
  __asm__ volatile("syscall" : "+a"(number) : : "rcx", "r11", "memory");
  return number;
#else
  return static_cast<int64_t>(::GetCurrentProcessId());
#endif
}

std::wstring Wide(absl::string_view text) {
  const int size = static_cast<int>(text.size());
  std::wstring wide(text.size(), L'\0');
  wide.resize(static_cast<size_t>(
      ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, wide.data(), size)));
  return wide;
}

// The input is read by a thread of its own, since a pipe can't be waited for
// together with something else.
class Input {
 public:
  // `cancels`: `cancel` is claimed.
  explicit Input(bool cancels) : cancels_(cancels) {
    std::thread([this] { Read(); }).detach();
  }

  // The next command; empty at end of input.
  std::vector<std::string> Next() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](Input* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
          return self->ended_ || !self->commands_.empty();
        },
        this));
    if (commands_.empty()) return {};
    std::vector<std::string> command = std::move(commands_.front());
    commands_.pop_front();
    return command;
  }

  // Of the `acquire` that came last, which waits; null if it can't be
  // cancelled. There is one from the moment that its line is read.
  CancelRequest* request() {
    absl::MutexLock lock(&mutex_);
    return request_.get();
  }
  void EndRequest() {
    absl::MutexLock lock(&mutex_);
    request_.reset();
  }

 private:
  void Read() {
    std::string buffer;
    char chunk[4096];
    DWORD size = 0;
    while (::ReadFile(::GetStdHandle(STD_INPUT_HANDLE), chunk, sizeof(chunk),
                      &size, nullptr) != 0 &&
           size != 0) {
      buffer.append(chunk, size);
      for (size_t end; (end = buffer.find('\n')) != std::string::npos;) {
        Take(absl::string_view(buffer).substr(0, end));
        buffer.erase(0, end + 1);
      }
    }
    absl::MutexLock lock(&mutex_);
    ended_ = true;
    // Nobody wants the lock any more.
    if (request_ != nullptr) request_->Make();
  }

  void Take(absl::string_view line) {
    absl::StatusOr<std::vector<std::string>> command = DecodeLine(line);
    if (!command.ok()) {
      std::fprintf(stderr, "contender: %s\n",
                   std::string(command.status().message()).c_str());
      WriteLine({"unsupported"});
      return;
    }
    absl::MutexLock lock(&mutex_);
    if (request_ == nullptr) {
      if (cancels_ && command->size() == 4 && command->front() == "acquire" &&
          command->back() != "0") {
        request_ = std::make_unique<CancelRequest>();
        handle_ = (*command)[1];
      }
      commands_.push_back(*std::move(command));
    } else if (command->size() != 2 || command->front() != "cancel") {
      WriteLine({"unsupported"});
    } else if (command->back() != handle_) {
      WriteLine({"error", command->back(), "no such wait is under way"});
    } else {
      WriteLine({"cancelling", handle_});
      request_->Make();
    }
  }

  const bool cancels_;
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::vector<std::string>> commands_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<CancelRequest> request_ ABSL_GUARDED_BY(mutex_);
  std::string handle_ ABSL_GUARDED_BY(mutex_);
};

class Server {
 public:
  explicit Server(Implementation& implementation)
      : implementation_(implementation),
        self_(implementation.Describe()),
        input_(Can(kCancel)) {
    for (const absl::string_view no : {kFork, kCatch, kBecome, kSetenv}) {
      self_.can.erase(std::string(no));
    }
    // A record has Windows' number.
    if (ProcessNumber() != static_cast<int64_t>(::GetCurrentProcessId())) {
      self_.can.erase(std::string(kOwnerPid));
    }
  }

  void Serve() {
    while (true) {
      const std::vector<std::string> command = input_.Next();
      if (command.empty()) return;
      Execute(command);
    }
  }

 private:
  bool Can(absl::string_view capability) const {
    return self_.can.find(capability) != self_.can.end();
  }

  void Execute(const std::vector<std::string>& command) {
    const std::string& word = command.front();
    const size_t fields = command.size();
    if (word == "hello" && fields == 2) {
      Hello();
    } else if (word == "acquire" && fields == 4) {
      Acquire(command[1], command[2], command[3], /*in_thread=*/false);
    } else if (word == "thread" && fields == 4 && Can(kThread)) {
      Acquire(command[1], command[2], command[3], /*in_thread=*/true);
    } else if (word == "release" && fields == 2) {
      Release(command[1]);
    } else if (word == "touch" && fields == 2 && Can(kTouch)) {
      Touch(command[1]);
    } else if (word == "chdir" && fields == 2 && Can(kChdir)) {
      const bool changed =
          ::SetCurrentDirectoryW(Wide(command[1]).c_str()) != 0;
      WriteLine({changed ? "changed" : "unsupported"});
    } else if (word == "cancel" && fields == 2 && Can(kCancel)) {
      WriteLine({"error", command[1], "no such wait is under way"});
    } else if (word == "exit" && fields == 1 && Can(kExit)) {
      ::TerminateProcess(::GetCurrentProcess(), 0);
    } else {
      WriteLine({"unsupported"});
    }
  }

  void Hello() {
    std::string can;
    for (const std::string& capability : self_.can) {
      absl::StrAppend(&can, can.empty() ? "" : ",", capability);
    }
    WriteLine({"hello", std::string(kProtocol),
               absl::StrCat("name=", self_.name),
               absl::StrCat("version=", self_.version),
               absl::StrCat("pid=", ProcessNumber()), absl::StrCat("can=", can),
               "profile=windows", absl::StrCat("at=", self_.at)});
  }

  void Acquire(const std::string& name, const std::string& path,
               const std::string& wait_text, bool in_thread) {
    const absl::StatusOr<absl::Duration> wait = ParseWait(wait_text);
    if (!wait.ok() || (*wait == absl::InfiniteDuration() && !Can(kForever)) ||
        (*wait != absl::InfiniteDuration() && *wait != absl::ZeroDuration() &&
         !Can(kWait))) {
      input_.EndRequest();
      WriteLine({"unsupported"});
      return;
    }
    Attempt attempt;
    SetServing(true);
    if (in_thread) {
      std::thread([&] {
        attempt = implementation_.Acquire(path, *wait);
      }).join();
    } else if (CancelRequest* const request = input_.request()) {
      attempt = implementation_.AcquireUnlessCancelled(path, *wait, *request);
    } else {
      attempt = implementation_.Acquire(path, *wait);
    }
    input_.EndRequest();
    SetServing(false);
    held_[name] = std::move(attempt.lock);
    if (attempt.kind == AnswerKind::kError) {
      WriteLine({"error", name, attempt.message});
    } else {
      WriteLine({std::string(AnswerKindName(attempt.kind)), name});
    }
  }

  void Release(const std::string& name) {
    const auto it = held_.find(name);
    std::string error = "there is nothing to release";
    if (it != held_.end() && it->second != nullptr) {
      SetServing(true);
      error = it->second->Release();
      SetServing(false);
    }
    if (error.empty()) {
      WriteLine({"released", name});
    } else {
      WriteLine({"error", name, error});
    }
  }

  static void Touch(const std::string& path) {
    const HANDLE file =
        ::CreateFileW(Wide(path).c_str(), GENERIC_READ | GENERIC_WRITE,
                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                      nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
      WriteLine({"error", path, absl::StrCat("error ", ::GetLastError())});
      return;
    }
    ::CloseHandle(file);
    WriteLine({"touched"});
  }

  Implementation& implementation_;
  Introduction self_;
  Input input_;
  std::map<std::string, std::unique_ptr<HeldLock>> held_;
};

}  // namespace

void EmitLog(absl::string_view severity, absl::string_view message) {
  absl::MutexLock lock(&output_mutex);
  if (!serving) return;
  WriteLineLocked({"log", std::string(severity), std::string(message)});
}

int ContenderMain(Implementation& implementation) {
  // Leaked on purpose, as on other systems: what is still held at the end of
  // input is for the process's end to free.
  static auto* const server = new Server(implementation);
  server->Serve();
  return 0;
}

}  // namespace conformance
