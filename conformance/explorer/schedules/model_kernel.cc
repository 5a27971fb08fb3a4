// The effect of each call on the model, and its footprint.

#include "conformance/explorer/schedules/model_kernel.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/schedules/scheduler.h"

namespace conformance::explorer {
namespace {

using Call = Instruction::Call;

Object NameObject(int name) { return Object::Name(absl::StrCat(name)); }
Object LockObject(const std::string& id) {
  return Object::OfFile(Object::Kind::kLock, id);
}
Object DataObject(const std::string& id) {
  return Object::OfFile(Object::Kind::kData, id);
}
Object MetaObject(const std::string& id) {
  return Object::OfFile(Object::Kind::kMeta, id);
}

}  // namespace

ModelKernel::ModelKernel(std::vector<Program> programs, bool left_over) {
  for (Program& program : programs) {
    Actor actor;
    actor.at = program.empty() ? Instruction::kEnd : 0;
    actor.program = std::move(program);
    actors_.push_back(std::move(actor));
  }
  if (left_over) {
    files_.push_back(File{"left"});
    names_[0] = 0;
  }
}

std::vector<ActorState> ModelKernel::Actors() const {
  std::vector<ActorState> states;
  for (size_t i = 0; i < actors_.size(); ++i) {
    ActorState state;
    state.actor = static_cast<int>(i);
    state.enabled = Enabled(state.actor);
    state.finished = actors_[i].at == Instruction::kEnd;
    state.yielded = actors_[i].yielded;
    if (!state.enabled && !state.finished) {
      const Instruction& next = actors_[i].program[actors_[i].at];
      state.waits_for.Read(
          LockObject(files_[actors_[i].open[next.slot]->file].id));
    }
    state.idle = state.enabled && actors_[i].program[actors_[i].at].begins;
    if (offers_faults_ && !state.finished) {
      state.faults.push_back(Step{state.actor, Step::Kind::kCrashBefore});
      const Call call = actors_[i].program[actors_[i].at].call;
      if (call == Call::kTryLock || call == Call::kLock) {
        state.faults.push_back(Step{state.actor, Step::Kind::kFail, EINTR});
      }
      if (call == Call::kWrite) {
        state.faults.push_back(Step{state.actor, Step::Kind::kFail, ENOSPC});
        state.faults.push_back(Step{state.actor, Step::Kind::kCrashAfter});
      }
    }
    states.push_back(std::move(state));
  }
  return states;
}

bool ModelKernel::Enabled(int actor) const {
  const Actor& self = actors_[actor];
  if (self.at == Instruction::kEnd) return false;
  const Instruction& next = self.program[self.at];
  if (next.call != Call::kLock || !self.open[next.slot].has_value()) {
    return true;
  }
  const OpenFile& open = *self.open[next.slot];
  const int lock = files_[open.file].lock;
  return lock == -1 || lock == open.number;
}

bool ModelKernel::AnyEnabled() const {
  for (size_t i = 0; i < actors_.size(); ++i) {
    if (Enabled(static_cast<int>(i))) return true;
  }
  return false;
}

bool ModelKernel::Deadlocked() const {
  return !AnyEnabled() &&
         std::any_of(actors_.begin(), actors_.end(),
                     [](const Actor& a) { return a.at != Instruction::kEnd; });
}

Footprint ModelKernel::Execute(const Step& step) {
  Footprint footprint;
  Actor& actor = actors_[step.actor];
  actor.yielded = false;
  const Instruction instruction = actor.program[actor.at];
  if (step.kind == Step::Kind::kCrashBefore) {
    Crash(actor, footprint);
    return footprint;
  }
  if (instruction.releases) SetHolds(actor, false, footprint);
  const bool success = step.kind != Step::Kind::kFail &&
                       Do(actor, step.actor, instruction, footprint);
  absl::StrAppend(&actor.answers, success ? "+" : "-");
  if (success && instruction.acquires) SetHolds(actor, true, footprint);
  if (!success && instruction.yields) actor.yielded = true;
  const int next = success ? instruction.on_success : instruction.on_failure;
  actor.at = next == Instruction::kNext ? actor.at + 1 : next;
  if (actor.at >= static_cast<int>(actor.program.size())) {
    actor.at = Instruction::kEnd;
  }
  if (step.kind == Step::Kind::kCrashAfter) Crash(actor, footprint);
  return footprint;
}

bool ModelKernel::Do(Actor& actor, int number, const Instruction& instruction,
                     Footprint& footprint) {
  std::optional<OpenFile>& open = actor.open[instruction.slot];
  std::optional<int>& name = names_[instruction.name];
  switch (instruction.call) {
    case Call::kOpen:
    case Call::kCreate:
    case Call::kCreateExclusive:
      return DoOpen(actor, number, instruction, footprint);
    case Call::kTryLock:
    case Call::kLock:
      return DoLock(actor, instruction, footprint);
    case Call::kUnlock: {
      if (!open.has_value()) return false;
      File& file = files_[open->file];
      if (file.lock != open->number) return true;  // nothing to undo
      footprint.Write(LockObject(file.id));
      file.lock = -1;
      return true;
    }
    case Call::kClose: {
      const bool was_open = open.has_value();
      Close(open, footprint);
      return was_open;
    }
    case Call::kUnlink: {
      if (!name.has_value()) {
        footprint.Read(NameObject(instruction.name));
        return false;
      }
      footprint.Write(NameObject(instruction.name));
      footprint.Write(MetaObject(files_[*name].id));
      name.reset();
      return true;
    }
    case Call::kRename: {
      std::optional<int>& other = names_[instruction.other];
      if (!name.has_value() || instruction.name == instruction.other) {
        footprint.Read(NameObject(instruction.name));
        return name.has_value();
      }
      footprint.Write(NameObject(instruction.name));
      footprint.Write(NameObject(instruction.other));
      if (other.has_value()) footprint.Write(MetaObject(files_[*other].id));
      other = name;
      name.reset();
      return true;
    }
    case Call::kWrite: {
      if (!open.has_value()) return false;
      File& file = files_[open->file];
      footprint.Write(DataObject(file.id));
      file.data = 1 + number;
      return true;
    }
    case Call::kRead: {
      if (!open.has_value()) return false;
      const File& file = files_[open->file];
      footprint.Read(DataObject(file.id));
      absl::StrAppend(&actor.answers, file.data);
      return true;
    }
    case Call::kFstat: {
      if (!open.has_value()) return false;
      footprint.Read(MetaObject(files_[open->file].id));
      actor.seen = open->file;
      return true;
    }
    case Call::kSameFile:
    case Call::kExists: {
      footprint.Read(NameObject(instruction.name));
      if (!name.has_value()) return false;
      footprint.Read(MetaObject(files_[*name].id));
      return instruction.call == Call::kExists || *name == actor.seen;
    }
  }
  return false;
}

bool ModelKernel::DoOpen(Actor& actor, int number,
                         const Instruction& instruction, Footprint& footprint) {
  std::optional<OpenFile>& open = actor.open[instruction.slot];
  std::optional<int>& name = names_[instruction.name];
  Close(open, footprint);
  const bool creates = !name.has_value() && instruction.call != Call::kOpen;
  if (creates) {
    footprint.Write(NameObject(instruction.name));
    name = static_cast<int>(files_.size());
    files_.push_back(File{absl::StrCat(number, ":", actor.files_made++)});
  } else {
    footprint.Read(NameObject(instruction.name));
    if (!name.has_value()) return false;
    if (instruction.call == Call::kCreateExclusive) return false;
  }
  open = OpenFile{*name, opened_++};
  return true;
}

bool ModelKernel::DoLock(const Actor& actor, const Instruction& instruction,
                         Footprint& footprint) {
  const std::optional<OpenFile>& open = actor.open[instruction.slot];
  if (!open.has_value()) return false;
  File& file = files_[open->file];
  if (file.lock != -1) {
    footprint.Read(LockObject(file.id));
    return file.lock == open->number;
  }
  footprint.Write(LockObject(file.id));
  file.lock = open->number;
  return true;
}

void ModelKernel::Close(std::optional<OpenFile>& open, Footprint& footprint) {
  if (!open.has_value()) return;
  File& file = files_[open->file];
  if (file.lock == open->number) {
    footprint.Write(LockObject(file.id));
    file.lock = -1;
  }
  open.reset();
}

void ModelKernel::SetHolds(Actor& actor, bool holds, Footprint& footprint) {
  if (actor.holds == holds) return;
  actor.holds = holds;
  holders_ += holds ? 1 : -1;
  max_holders_ = std::max(max_holders_, holders_);
  footprint.Write(Object::Hold());
}

void ModelKernel::Crash(Actor& actor, Footprint& footprint) {
  for (std::optional<OpenFile>& open : actor.open) Close(open, footprint);
  SetHolds(actor, false, footprint);
  actor.answers += "!";
  actor.at = Instruction::kEnd;
}

std::string ModelKernel::Outcome() const {
  std::string text;
  for (const Actor& actor : actors_) {
    absl::StrAppend(&text, actor.answers, actor.holds ? "h" : "",
                    actor.at == Instruction::kEnd ? "; " : " stuck; ");
  }
  std::vector<std::string> files;
  for (size_t i = 0; i < files_.size(); ++i) {
    std::string file = absl::StrCat(files_[i].id, "=", files_[i].data,
                                    files_[i].lock == -1 ? "" : " locked");
    for (int name = 0; name < kNames; ++name) {
      if (names_[name] == static_cast<int>(i)) {
        absl::StrAppend(&file, " at ", name);
      }
    }
    files.push_back(std::move(file));
  }
  // Not in the order in which they were made, which doesn't matter.
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) absl::StrAppend(&text, file, ", ");
  return absl::StrCat(text, "most holders ", max_holders_);
}

Program LockProgram(char letter, int cycles) {
  Program program;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const int start = static_cast<int>(program.size());
    const auto add = [&](Call call) -> Instruction& {
      Instruction instruction;
      instruction.call = call;
      instruction.begins = static_cast<int>(program.size()) == start;
      return program.emplace_back(instruction);
    };
    // Set when it is known where the cycle ends: refusals go there.
    std::vector<int> refusals;
    const auto refuses = [&] {
      refusals.push_back(static_cast<int>(program.size()) - 1);
    };
    switch (letter) {
      case 'a':
      case 'b':
      case 'p':
        add(Call::kCreate);
        add(Call::kTryLock).acquires = true;
        if (letter == 'p') {
          program.back().yields = true;
          program.back().on_failure = start + 1;
        } else {
          refuses();
        }
        if (letter == 'b') {
          add(Call::kUnlink).releases = true;
          add(Call::kClose);
        } else {
          add(Call::kClose).releases = true;
        }
        break;
      case 'c':
      case 'd':
        if (letter == 'c') {
          add(Call::kExists).on_failure = start + 1;
          refuses();
          add(Call::kCreate).acquires = true;
        } else {
          add(Call::kCreateExclusive).acquires = true;
          refuses();
        }
        add(Call::kUnlink).releases = true;
        break;
      case 'e':
        add(Call::kCreate).on_success = start + 2;
        add(Call::kCreate);  // once more
        add(Call::kTryLock);
        refuses();
        add(Call::kFstat);
        add(Call::kSameFile).acquires = true;
        program.back().on_success = start + 6;
        add(Call::kClose).on_success = start + 1;
        add(Call::kUnlink).releases = true;
        add(Call::kClose);
        break;
      case 'h':
        add(Call::kCreate);
        add(Call::kLock).acquires = true;
        add(Call::kClose).releases = true;
        break;
      default:
        return {};
    }
    const int end = static_cast<int>(program.size());
    for (const int at : refusals) {
      (letter == 'c' ? program[at].on_success : program[at].on_failure) = end;
    }
    for (int at = start; at < end; ++at) {
      program[at].begins |= program[at].releases;
    }
  }
  return program;
}

ModelKernel LockModel(char letter, const std::vector<int>& cycles,
                      bool left_over) {
  std::vector<Program> programs;
  programs.reserve(cycles.size());
  for (const int number : cycles) {
    programs.push_back(LockProgram(letter, number));
  }
  return ModelKernel(std::move(programs), left_over);
}

void RunAll(Scheduler& scheduler, const ModelKernel& start,
            absl::FunctionRef<void(const ModelExecution&)> visit,
            const Limits& limits) {
  while (scheduler.NextSchedule()) {
    ModelKernel kernel = start;
    ModelExecution execution;
    execution.complete = true;
    while (kernel.AnyEnabled()) {
      const std::vector<ActorState> actors = kernel.Actors();
      const std::optional<Step> step =
          static_cast<int>(execution.steps.size()) < limits.steps &&
                  (limits.two_holders || kernel.max_holders() < 2)
              ? scheduler.Choose(actors)
              : std::nullopt;
      if (!step.has_value()) {
        execution.complete = false;
        break;
      }
      if (!execution.steps.empty()) {
        const ActorState& last = actors[execution.steps.back().actor];
        execution.preemptions += last.actor != step->actor && last.enabled &&
                                 !last.yielded && !last.idle;
      }
      execution.footprints.push_back(kernel.Execute(*step));
      execution.steps.push_back(*step);
      scheduler.Executed(*step, execution.footprints.back());
    }
    if (execution.complete) scheduler.NobodyEnabled(kernel.Actors());
    scheduler.Finished(execution.complete);
    execution.deadlocked = kernel.Deadlocked();
    execution.max_holders = kernel.max_holders();
    if (execution.complete) execution.outcome = kernel.Outcome();
    visit(execution);
  }
}

}  // namespace conformance::explorer
