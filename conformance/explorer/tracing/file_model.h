// The contenders' doings in the lock's folder and the descriptors that they
// have of it, followed from their calls and results; and hence what each call
// accessed: its footprint. Pure: it is told of calls, and makes none.
//
// The objects of a footprint are those of footprint.h. A change of an entry
// reads the folder and a listing writes it: changes of different names are then
// independent of each other, and none is of a listing. The locks of flock(2)
// and of fcntl(2) on a file are one object.
//
// A file has a label, whatever its names: "i0" was there at the start, "a2" is
// the second that contender a made. Numbered like this a file has the same
// label in equivalent schedules.
//
// A failed call reads what it would have changed. Nothing is in a footprint
// that nobody else can notice, such as closing a descriptor without a lock.

#ifndef CONFORMANCE_EXPLORER_TRACING_FILE_MODEL_H_
#define CONFORMANCE_EXPLORER_TRACING_FILE_MODEL_H_

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {

// A thing in the folder at the start, by its name relative to it.
struct Entry {
  enum class Kind { kFile, kFolder, kLink };

  std::string name;
  Kind kind = Kind::kFile;
  std::string content;  // of a file; of a link, what it points to
  mode_t mode = 0644;   // of a file or folder
  bool old = false;     // not touched for a year
};

class FileModel {
 public:
  // A file, whatever its names.
  struct File {
    std::string label;
    Entry::Kind kind = Entry::Kind::kFile;
    std::string target;  // kLink
    // It was there when time passed; and its inode hasn't changed since.
    bool was_there = false;
    bool unchanged = false;
  };
  // An open file description (open(2)), which several descriptors can share.
  struct Description {
    std::shared_ptr<File> file;  // null: the pipe that answers go to
    std::string name;            // it was opened by
    int flock = 0;               // LOCK_SH or LOCK_EX while it has one
    bool record_lock = false;    // has one of F_OFD_SETLK

    bool answers() const { return file == nullptr; }
  };

  // `directory` is absolute and without links. Links that point elsewhere lead
  // out of the model.
  explicit FileModel(absl::string_view directory) : directory_(directory) {}

  // The folder has these entries now. Processes and their descriptors stay.
  void Reset(const std::vector<Entry>& entries);

  // A process of contender `actor`, whose descriptor 1 is where it answers.
  void Start(pid_t process, int actor);
  // A child has copies of its parent's descriptors.
  void Fork(pid_t parent, pid_t child);
  // The effect of its end, or an exec, on others: descriptors close. After an
  // exec those that stay are told apart by close-on-exec.
  Footprint End(pid_t process);
  Footprint Exec(pid_t process);
  // Whether anybody could notice what End and Exec would do.
  bool HasDescriptors(pid_t process) const;

  // Time has passed for everything in the folder.
  Footprint Age();

  // The result that Apply may be told before the call is made: nullopt where
  // only the system knows. A write that might fail is taken for one that
  // doesn't, which touches more. Of flock(2), it is what follows from the calls
  // so far.
  std::optional<int64_t> Foresee(pid_t pid, const Call& call) const;

  // The call has been made, with this result. Updates the model.
  Footprint Apply(pid_t pid, const Call& call, int64_t result);

  // nullptr: not one that we watch.
  const Description* Find(pid_t process, int fd) const;
  // The one that a call with one path or descriptor is about, after links have
  // been followed. nullptr: not one that we watch.
  const File* FileOf(pid_t process, const Call& call) const;
  // Whether some watched descriptor, but where it answers, is in the range.
  bool HasInRange(pid_t process, uint64_t first, uint64_t last) const;
  // Whether another description of the same file has a lock of flock(2), or an
  // exclusive one.
  bool OthersHaveFlock(const Description& description,
                       bool exclusive = false) const;
  // Whether the process has a lock of fcntl(F_SETLK) on the file.
  bool HasProcessLock(pid_t process, const File* file) const;
  // Watched descriptors of all processes of the contender.
  int OpenDescriptors(int actor) const;
  // The names that are in the folder.
  std::vector<std::string> Names() const;

 private:
  struct Descriptor {
    std::shared_ptr<Description> description;
    bool close_on_exec = false;
  };
  struct Process {
    int actor = 0;
    std::map<int, Descriptor> descriptors;
    std::vector<std::shared_ptr<File>> locked;  // by fcntl(F_SETLK)
  };
  using Descriptors = std::map<int, Descriptor>;

  std::shared_ptr<File> NewFile(int actor, Entry::Kind kind);
  // The name that is meant after links have been followed; each link is read.
  std::string Follow(std::string name, Footprint& footprint) const;
  std::shared_ptr<File> FileAt(const std::string& name) const;
  std::shared_ptr<File> Find(pid_t process, const Call& call,
                             Footprint& footprint) const;
  void Close(Process& process, Descriptors::iterator at, Footprint& footprint);
  void ApplyOpen(Process& process, const Call& call, int64_t result,
                 Footprint& footprint);
  void ApplyFcntl(Process& process, const Call& call, int64_t result,
                  Footprint& footprint);
  void ApplyFlock(Process& process, const Call& call, int64_t result,
                  Footprint& footprint);
  void ApplyRename(const Call& call, int64_t result, Footprint& footprint);
  void ApplyDup(Process& process, const Call& call, int64_t result,
                Footprint& footprint);

  std::string directory_;
  std::map<std::string, std::shared_ptr<File>> names_;
  std::map<pid_t, Process> processes_;
  std::map<int, int> made_;  // files, by actor
  bool time_passed_ = false;
};

// An aspect of a file: "lock:a1".
Object ObjectOf(Object::Kind aspect, const FileModel::File& file);

}  // namespace conformance::explorer

#endif  // CONFORMANCE_EXPLORER_TRACING_FILE_MODEL_H_
