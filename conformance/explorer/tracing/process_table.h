// The table of the contenders that a tracer follows, of their processes and of
// their threads: who belongs to whom, and where each thread stands. Pure: it is
// told of them, and asks nothing of the system.

#ifndef CONFORMANCE_EXPLORER_TRACING_PROCESS_TABLE_H_
#define CONFORMANCE_EXPLORER_TRACING_PROCESS_TABLE_H_

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/answers.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/process/ending.h"

namespace conformance::explorer {

// A thread of a contender.
struct Task {
  pid_t tid = 0;
  pid_t process = 0;  // its thread group
  ActorId actor;
  enum class State {
    kRunning,
    kAtCall,    // at the entry of the visible call `call`
    kAtAnswer,  // at the entry of the write that carries an answer
    kAtExit,    // at the exit of a visible call that it was to make
  } state = State::kRunning;
  Call call;
  bool visited = false;   // has made a visible call for this command
  bool to_exit = false;   // is to stop at the exit of `call`
  bool quiet = false;     // ... only so that the model learns the result
  bool spawning = false;  // in vfork, asleep in a way that looks busy
  int64_t result = 0;     // kAtExit
};

struct Process {
  ActorId actor;
  std::string directory;  // its current one; "": to be asked
  int tasks = 0;
};

// A contender, or the processes of one that survive.
struct Actor {
  bool lives = false;
  bool copied = false;
  bool input_ended = false;
  pid_t main = 0;     // the process that was started
  pid_t locking = 0;  // the one that locks, as it said
  int in = -1, out = -1, err = -1;
  Answers answers;
  std::deque<pid_t> pending;  // tasks at visible calls, in order
  int tasks = 0;
  Ending ending;
  Footprint freed;  // by its processes' ends, not yet told

  // Whether others may ask if this process still lives.
  bool IsKnownBy(pid_t process) const {
    return process == main || process == locking;
  }
};

class ProcessTable {
 public:
  ProcessTable() = default;
  ProcessTable(const ProcessTable&) = delete;
  ProcessTable& operator=(const ProcessTable&) = delete;
  // Closes the contenders' streams.
  ~ProcessTable();

  // --- Of a contender

  bool Lives(ActorId id) const;
  bool IsCopy(ActorId id) const;
  // Whether it has other processes than the one that locks.
  bool HasHelpers(ActorId id) const;
  // Whether processes of it live that have outlived its crash or its end.
  bool HasSurvivors(ActorId id) const;
  // The process that was started last, and the one that locks.
  std::vector<pid_t> MainProcesses(ActorId id) const;
  // The call that it stands before, if any.
  const Call* Pending(ActorId id) const;

  // --- Rows. Pointers are null where there is no such row, and valid until it
  // is removed.

  std::vector<ActorId> Actors() const;
  Actor* Find(ActorId id);
  const Actor* Find(ActorId id) const;
  // The actor of a task or a process.
  Actor& ActorOf(const Task& task) { return actors_.find(task.actor)->second; }
  const Actor& ActorOf(const Task& task) const {
    return actors_.find(task.actor)->second;
  }
  Task* FindTask(pid_t tid);
  Process* FindProcess(pid_t process);
  const Process* FindProcess(pid_t process) const;
  std::vector<pid_t> ProcessesOf(ActorId id) const;
  std::vector<Task*> TasksOf(ActorId id);
  // A single one of an actor that has at least one.
  Task* AnyTask(ActorId id);
  // The task that stands before the actor's pending call; null: none.
  Task* Front(ActorId id);
  std::vector<pid_t> Threads() const;
  // Of the actors that there are now: whose process, dead or alive, this is.
  std::optional<ActorId> OwnerOf(pid_t process) const;
  // Of one whose input has ended both main processes; else it has ended when it
  // doesn't live.
  bool HasEnded(const Actor& actor) const {
    return actor.input_ended ? processes_.count(actor.main) == 0 &&
                                   processes_.count(actor.locking) == 0
                             : !actor.lives;
  }

  // --- Changes

  // A contender that hasn't started, in the place of one that has no processes
  // any more.
  Actor& Renew(ActorId id);
  // It has started, as this process with one thread.
  Task& Start(ActorId id, pid_t process);
  // Its only process is nobody's from now on, and its streams are the caller's.
  void Forget(ActorId id);
  // It is sent a command, or its input ends.
  void BeginCommand(ActorId id);

  // A process that is known has a new child, and a new thread.
  void AddProcess(pid_t process, pid_t parent);
  Task& AddTask(pid_t tid, pid_t process);
  // A thread has ended, and its process, unless others are left of that.
  Task Remove(pid_t tid);
  // The thread `former` has executed. It is the process's only one from now on,
  // with the process's number (ptrace(2), "execve(2) under ptrace").
  Task& Execute(pid_t process, pid_t former);

  // All its processes but the one that locks are now those of survivors; of
  // earlier ones none may be left.
  void LeaveSurvivors(ActorId id);
  // The same for children that have come up since.
  void SetSurvivorsApart(ActorId id);

 private:
  void RemovePending(Actor& actor, pid_t tid);

  std::map<ActorId, Actor> actors_;
  std::map<pid_t, Task> tasks_;
  std::map<pid_t, Process> processes_;
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_PROCESS_TABLE_H_
