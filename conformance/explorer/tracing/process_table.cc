// Rows of contenders, processes and threads.

#include "conformance/explorer/tracing/process_table.h"

#include <sys/types.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/tracee.h"

namespace conformance::explorer {
namespace {

void CloseStreams(Actor& actor) {
  CloseFd(actor.in);
  CloseFd(actor.out);
  CloseFd(actor.err);
}

}  // namespace

ProcessTable::~ProcessTable() {
  for (auto& [id, actor] : actors_) CloseStreams(actor);
}

bool ProcessTable::Lives(ActorId id) const {
  const Actor* const actor = Find(id);
  return actor != nullptr && actor->lives;
}

bool ProcessTable::IsCopy(ActorId id) const {
  const Actor* const actor = Find(id);
  return actor != nullptr && actor->copied;
}

bool ProcessTable::HasHelpers(ActorId id) const {
  const Actor* const actor = Find(id);
  if (actor == nullptr || actor->tasks == 1) return false;
  return std::any_of(
      processes_.begin(), processes_.end(), [&](const auto& entry) {
        return entry.second.actor == id && entry.first != actor->locking;
      });
}

bool ProcessTable::HasSurvivors(ActorId id) const {
  const Actor* const survivors = Find(ActorId::SurvivorsOf(id));
  return survivors != nullptr && survivors->tasks > 0;
}

std::vector<pid_t> ProcessTable::MainProcesses(ActorId id) const {
  const Actor* const actor = Find(id);
  if (actor == nullptr) return {};
  return {actor->main, actor->locking};
}

const Call* ProcessTable::Pending(ActorId id) const {
  const Actor* const actor = Find(id);
  if (actor == nullptr || actor->pending.empty()) return nullptr;
  return &tasks_.find(actor->pending.front())->second.call;
}

std::vector<ActorId> ProcessTable::Actors() const {
  std::vector<ActorId> actors;
  for (const auto& [id, actor] : actors_) actors.push_back(id);
  return actors;
}

Actor* ProcessTable::Find(ActorId id) {
  const auto found = actors_.find(id);
  return found == actors_.end() ? nullptr : &found->second;
}

const Actor* ProcessTable::Find(ActorId id) const {
  const auto found = actors_.find(id);
  return found == actors_.end() ? nullptr : &found->second;
}

Task* ProcessTable::FindTask(pid_t tid) {
  const auto found = tasks_.find(tid);
  return found == tasks_.end() ? nullptr : &found->second;
}

Process* ProcessTable::FindProcess(pid_t process) {
  const auto found = processes_.find(process);
  return found == processes_.end() ? nullptr : &found->second;
}

const Process* ProcessTable::FindProcess(pid_t process) const {
  const auto found = processes_.find(process);
  return found == processes_.end() ? nullptr : &found->second;
}

std::vector<pid_t> ProcessTable::ProcessesOf(ActorId id) const {
  std::vector<pid_t> processes;
  for (const auto& [pid, process] : processes_) {
    if (process.actor == id) processes.push_back(pid);
  }
  return processes;
}

std::vector<Task*> ProcessTable::TasksOf(ActorId id) {
  std::vector<Task*> tasks;
  for (auto& [tid, task] : tasks_) {
    if (task.actor == id) tasks.push_back(&task);
  }
  return tasks;
}

Task* ProcessTable::AnyTask(ActorId id) {
  // Nearly always its main process.
  const auto main = tasks_.find(actors_.find(id)->second.main);
  if (main != tasks_.end() && main->second.actor == id) return &main->second;
  for (auto& [tid, task] : tasks_) {
    if (task.actor == id) return &task;
  }
  return nullptr;
}

Task* ProcessTable::Front(ActorId id) {
  const Actor* const actor = Find(id);
  if (actor == nullptr || actor->pending.empty()) return nullptr;
  return FindTask(actor->pending.front());
}

std::vector<pid_t> ProcessTable::Threads() const {
  std::vector<pid_t> threads;
  for (const auto& [tid, task] : tasks_) threads.push_back(tid);
  return threads;
}

std::optional<ActorId> ProcessTable::OwnerOf(pid_t process) const {
  if (const Process* const row = FindProcess(process); row != nullptr) {
    return row->actor;
  }
  for (const auto& [id, actor] : actors_) {
    if (actor.IsKnownBy(process)) return id;
  }
  return std::nullopt;
}

Actor& ProcessTable::Renew(ActorId id) {
  Actor& actor = actors_[id];
  CloseStreams(actor);
  actor = Actor();
  return actor;
}

Task& ProcessTable::Start(ActorId id, pid_t process) {
  Actor& actor = actors_[id];
  actor.lives = true;
  actor.main = actor.locking = process;
  actor.tasks = 1;
  processes_[process] = {id, "", 1};
  Task& task = tasks_[process];
  task = Task();
  task.tid = task.process = process;
  task.actor = id;
  return task;
}

void ProcessTable::Forget(ActorId id) {
  const pid_t process = actors_.find(id)->second.main;
  tasks_.erase(process);
  processes_.erase(process);
  actors_.erase(id);
}

void ProcessTable::BeginCommand(ActorId id) {
  for (auto& [tid, task] : tasks_) {
    if (task.actor == id) task.visited = false;
  }
}

void ProcessTable::AddProcess(pid_t process, pid_t parent) {
  const Process& known = processes_.find(parent)->second;
  processes_[process] = {known.actor, known.directory, 0};
}

Task& ProcessTable::AddTask(pid_t tid, pid_t process) {
  Process& row = processes_.find(process)->second;
  ++row.tasks;
  ++actors_[row.actor].tasks;
  Task& task = tasks_[tid];
  task.tid = tid;
  task.process = process;
  task.actor = row.actor;
  return task;
}

Task ProcessTable::Remove(pid_t tid) {
  const auto found = tasks_.find(tid);
  Task task = std::move(found->second);
  tasks_.erase(found);
  Actor& actor = ActorOf(task);
  --actor.tasks;
  RemovePending(actor, tid);
  const auto process = processes_.find(task.process);
  if (--process->second.tasks <= 0) processes_.erase(process);
  return task;
}

Task& ProcessTable::Execute(pid_t process, pid_t former) {
  const bool known = former != 0 && tasks_.count(former) != 0;
  Task task = tasks_[known ? former : process];
  Actor& actor = ActorOf(task);
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    if (at->second.process != process) {
      ++at;
      continue;
    }
    RemovePending(actor, at->first);
    --actor.tasks;
    at = tasks_.erase(at);
  }
  processes_[process].tasks = 1;
  ++actor.tasks;
  task.tid = process;
  return tasks_[process] = std::move(task);
}

void ProcessTable::LeaveSurvivors(ActorId id) {
  Actor& left = actors_[ActorId::SurvivorsOf(id)];
  left = Actor();
  left.main = left.locking = -1;
  SetSurvivorsApart(id);
}

void ProcessTable::SetSurvivorsApart(ActorId id) {
  const ActorId survivors = ActorId::SurvivorsOf(id);
  Actor& actor = actors_[id];
  Actor& left = actors_[survivors];
  for (auto& [pid, process] : processes_) {
    if (process.actor == id && pid != actor.locking) process.actor = survivors;
  }
  for (auto& [tid, task] : tasks_) {
    if (task.actor != id || task.process == actor.locking) continue;
    task.actor = survivors;
    --actor.tasks;
    ++left.tasks;
  }
  const std::deque<pid_t> pending = std::exchange(actor.pending, {});
  for (const pid_t tid : pending) {
    (tasks_[tid].actor == id ? actor : left).pending.push_back(tid);
  }
}

void ProcessTable::RemovePending(Actor& actor, pid_t tid) {
  const auto pending =
      std::find(actor.pending.begin(), actor.pending.end(), tid);
  if (pending != actor.pending.end()) actor.pending.erase(pending);
}

}  // namespace conformance::explorer
