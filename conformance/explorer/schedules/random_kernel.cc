// Random programs: every call is drawn, and what it is called on.

#include "conformance/explorer/schedules/random_kernel.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "conformance/explorer/schedules/model_kernel.h"
#include "conformance/explorer/schedules/portable_random.h"

namespace conformance::explorer {
namespace {

using Call = Instruction::Call;

// The environment's number of that name.
uint64_t Number(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) && number > 0
             ? number
             : otherwise;
}

}  // namespace

ModelKernel RandomKernel(std::mt19937_64& random,
                         const RandomProgramOptions& options) {
  using Actors = RandomProgramOptions::Actors;
  const bool poll = options.polls;
  const bool close_all = options.closes;
  const bool four = options.actors == Actors::kFour;
  static const std::vector<Call> kCalls = {
      Call::kOpen,    Call::kCreate, Call::kCreate, Call::kCreateExclusive,
      Call::kTryLock, Call::kLock,   Call::kLock,   Call::kUnlock,
      Call::kClose,   Call::kUnlink, Call::kRename, Call::kWrite,
      Call::kRead,    Call::kFstat,  Call::kExists, Call::kSameFile,
  };
  const bool three = !four && Draw(random, 3) == 0 && !close_all;
  const size_t actors = four ? 4 : three ? 3 : 2;
  std::vector<Program> programs;
  while (programs.size() < actors) {
    Program program;
    if (options.symmetric && !programs.empty()) {
      program = programs.front();
      programs.push_back(std::move(program));
      continue;
    }
    const size_t length =
        four ? 2 : 2 + Draw(random, three || close_all ? 2 : 4);
    for (size_t i = 0; i < length; ++i) {
      Instruction instruction;
      // Little comes of programs that begin without a file.
      instruction.call = poll && i == 1 ? Call::kTryLock
                         : i == 0 && (poll || Draw(random, 4) != 0)
                             ? Call::kCreate
                             : kCalls[Draw(random, kCalls.size())];
      instruction.name = Draw(random, 4) == 0 ? 1 : 0;
      instruction.other = 1 - instruction.name;
      instruction.slot = Draw(random, 4) == 0 ? 1 : 0;
      if (Draw(random, 4) == 0) {
        instruction.on_failure =
            static_cast<int>(i + 1 + Draw(random, length - i));
      }
      if (poll && instruction.call == Call::kTryLock) {
        instruction.yields = true;
        instruction.on_failure = static_cast<int>(i);
      }
      if (close_all && i < 2) {
        // Somebody shall wait.
        instruction.call = i == 0 ? Call::kCreate : Call::kLock;
        instruction.name = instruction.slot = 0;
      }
      instruction.acquires = Draw(random, 4) == 0;
      instruction.releases = Draw(random, 4) == 0;
      instruction.begins = Draw(random, 4) == 0;
      program.push_back(instruction);
    }
    if (poll) {
      // Else most would poll for ever.
      Instruction close;
      close.call = Call::kClose;
      program.push_back(close);
    }
    for (int slot = 0; close_all && slot < ModelKernel::kSlots; ++slot) {
      Instruction close;
      close.call = Call::kClose;
      close.slot = slot;
      program.push_back(close);
    }
    programs.push_back(std::move(program));
  }
  return ModelKernel(std::move(programs), Draw(random, 2) == 0);
}

int RandomPrograms() {
  return static_cast<int>(Number("LOCKFILE_RANDOM_PROGRAMS", 300));
}

std::mt19937_64 RandomOfTest(uint64_t number) {
  return std::mt19937_64(number + Number("LOCKFILE_RANDOM_SEED", 0));
}

void ForEachRandomKernel(absl::FunctionRef<void(int, ModelKernel&)> test) {
  std::mt19937_64 random = RandomOfTest(20'250'101);
  for (int i = 0; i < RandomPrograms(); ++i) {
    ModelKernel kernel = RandomKernel(random);
    test(i, kernel);
  }
}

}  // namespace conformance::explorer
