// The contenders that a tracer follows, with their processes and threads.

#ifndef CONFORMANCE_EXPLORER_TRACING_PROCESSES_H_
#define CONFORMANCE_EXPLORER_TRACING_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <string>

#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/actor_id.h"
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

struct Actor {
  bool lives = false;
  bool copied = false;
  bool input_ended = false;
  pid_t main = 0;     // the process that was started
  pid_t locking = 0;  // the one that locks, as it said
  int in = -1, out = -1, err = -1;
  std::string output;             // not yet a whole line
  std::deque<std::string> lines;  // answers not yet fetched
  std::deque<pid_t> pending;      // tasks at visible calls, in order
  int tasks = 0;
  Ending ending;
  Footprint freed;  // by its processes' ends, not yet told
};

struct Process {
  ActorId actor;
  std::string directory;  // its current one; "": to be asked
  int tasks = 0;
};

// What a contender is connected by.
struct Plumbing {
  int in[2] = {-1, -1}, out[2] = {-1, -1};
  int go[2] = {-1, -1};      // says that it is traced by now
  int report[2] = {-1, -1};  // says why it couldn't start
  int error = -1;            // a file in memory: nobody need empty it
};

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_PROCESSES_H_
