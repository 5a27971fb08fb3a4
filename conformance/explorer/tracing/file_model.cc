// Follows names, files, descriptors and locks.

#include "conformance/explorer/tracing/file_model.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/explorer/schedules/footprint.h"
#include "conformance/explorer/schedules/schedule.h"
#include "conformance/explorer/tracing/call.h"

namespace conformance::explorer {
namespace {

// The kernel follows 40 (path_resolution(7)), of which a lock file needs one.
constexpr int kMaxLinks = 40;

}  // namespace

Object ObjectOf(Object::Kind aspect, const FileModel::File& file) {
  return Object::OfFile(aspect, file.label);
}

void FileModel::Reset(const std::vector<Entry>& entries) {
  names_.clear();
  made_.clear();
  time_passed_ = false;
  auto folder = std::make_shared<File>();
  folder->label = "folder";
  folder->kind = Entry::Kind::kFolder;
  names_["."] = std::move(folder);
  int number = 0;
  for (const Entry& entry : entries) {
    auto file = std::make_shared<File>();
    file->label = absl::StrCat("i", number++);
    file->kind = entry.kind;
    file->was_there = file->unchanged = entry.old;
    time_passed_ |= entry.old;
    if (entry.kind == Entry::Kind::kLink) file->target = entry.content;
    names_[entry.name] = std::move(file);
  }
}

void FileModel::Start(pid_t process, int actor) {
  Process& started = processes_[process];
  started = Process();
  started.actor = actor;
  started.descriptors[1] = {std::make_shared<Description>(), false};
}

void FileModel::Fork(pid_t parent, pid_t child) {
  const auto at = processes_.find(parent);
  if (at == processes_.end()) return;
  Process copy = at->second;
  // Locks of fcntl(F_SETLK) are not inherited (fork(2)).
  copy.locked.clear();
  processes_[child] = std::move(copy);
}

bool FileModel::OthersHaveFlock(const Description& description,
                                bool exclusive) const {
  for (const auto& [pid, process] : processes_) {
    for (const auto& [fd, descriptor] : process.descriptors) {
      const Description& other = *descriptor.description;
      if (&other != &description && other.file == description.file &&
          (exclusive ? other.flock == LOCK_EX : other.flock != 0)) {
        return true;
      }
    }
  }
  return false;
}

bool FileModel::HasDescriptors(pid_t process) const {
  return HasInRange(process, 0, UINT32_MAX);
}

bool FileModel::HasInRange(pid_t process, uint64_t first, uint64_t last) const {
  const auto at = processes_.find(process);
  if (at == processes_.end()) return false;
  return std::any_of(at->second.descriptors.begin(),
                     at->second.descriptors.end(), [&](const auto& entry) {
                       const auto fd = static_cast<uint64_t>(entry.first);
                       return fd >= first && fd <= last &&
                              !entry.second.description->answers();
                     });
}

Footprint FileModel::End(pid_t process) {
  Footprint footprint;
  const auto at = processes_.find(process);
  if (at == processes_.end()) return footprint;
  Descriptors& descriptors = at->second.descriptors;
  while (!descriptors.empty()) {
    Close(at->second, descriptors.begin(), footprint);
  }
  processes_.erase(at);
  return footprint;
}

Footprint FileModel::Exec(pid_t process) {
  Footprint footprint;
  const auto at = processes_.find(process);
  if (at == processes_.end()) return footprint;
  Descriptors& descriptors = at->second.descriptors;
  for (auto next = descriptors.begin(); next != descriptors.end();) {
    const auto here = next++;
    if (here->second.close_on_exec) Close(at->second, here, footprint);
  }
  return footprint;
}

const FileModel::Description* FileModel::Find(pid_t process, int fd) const {
  const auto at = processes_.find(process);
  if (at == processes_.end()) return nullptr;
  const auto found = at->second.descriptors.find(fd);
  if (found == at->second.descriptors.end()) return nullptr;
  return found->second.description.get();
}

std::shared_ptr<FileModel::File> FileModel::Find(pid_t process,
                                                 const Call& call,
                                                 Footprint& footprint) const {
  const Description* const description = Find(process, call.fd);
  if (description != nullptr && description->file != nullptr) {
    return description->file;
  }
  std::string name = call.name;
  if (name.empty()) return nullptr;
  footprint.Read(Object::Name(name));
  if (call.FollowsLinks()) name = Follow(name, footprint);
  if (name.empty()) return nullptr;
  footprint.Read(Object::Name(name));
  return FileAt(name);
}

const FileModel::File* FileModel::FileOf(pid_t process,
                                         const Call& call) const {
  Footprint ignored;
  return Find(process, call, ignored).get();
}

bool FileModel::HasProcessLock(pid_t process, const File* file) const {
  const auto at = processes_.find(process);
  if (at == processes_.end()) return false;
  return std::any_of(at->second.locked.begin(), at->second.locked.end(),
                     [&](const auto& locked) { return locked.get() == file; });
}

int FileModel::OpenDescriptors(int actor) const {
  int open = 0;
  for (const auto& [pid, process] : processes_) {
    if (process.actor != actor) continue;
    for (const auto& [fd, descriptor] : process.descriptors) {
      if (!descriptor.description->answers()) ++open;
    }
  }
  return open;
}

std::vector<std::string> FileModel::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : names_) {
    if (name != ".") names.push_back(name);
  }
  return names;
}

std::shared_ptr<FileModel::File> FileModel::NewFile(int actor,
                                                    Entry::Kind kind) {
  auto file = std::make_shared<File>();
  file->label = absl::StrCat(LetterOf(actor), ++made_[actor]);
  file->kind = kind;
  return file;
}

std::shared_ptr<FileModel::File> FileModel::FileAt(
    const std::string& name) const {
  const auto at = names_.find(name);
  return at == names_.end() ? nullptr : at->second;
}

std::string FileModel::Follow(std::string name, Footprint& footprint) const {
  for (int i = 0; i < kMaxLinks; ++i) {
    const std::shared_ptr<File> file = FileAt(name);
    if (file == nullptr || file->kind != Entry::Kind::kLink) return name;
    footprint.Read(Object::Name(name));
    std::string path = file->target;
    if (!absl::StartsWith(path, "/")) {
      const size_t slash = name.rfind('/');
      const std::string parent =
          slash == std::string::npos ? "" : name.substr(0, slash + 1);
      path = absl::StrCat(directory_, "/", parent, path);
    }
    name = NameIn(directory_, path);
    if (name.empty()) return name;
  }
  return name;
}

Footprint FileModel::Age() {
  Footprint footprint;
  for (const auto& [name, file] : names_) {
    footprint.Write(ObjectOf(Object::Kind::kMeta, *file));
    file->was_there = file->unchanged = true;
  }
  time_passed_ = true;
  return footprint;
}

std::optional<int64_t> FileModel::Foresee(pid_t pid, const Call& call) const {
  switch (call.operation()) {
    // A close(2) frees the descriptor in any case; the others change nothing.
    case Operation::kClose:
    case Operation::kAccess:
    case Operation::kRead:
    case Operation::kReadLink:
    case Operation::kList:
    case Operation::kSync:
    // No other call's footprint depends on what these change.
    case Operation::kWrite:
    case Operation::kTruncate:
    case Operation::kReserve:
    case Operation::kChangeMode:
    case Operation::kChangeTime:
      return 0;
    case Operation::kStat: {
      // Its result may need to be changed.
      const File* const file = time_passed_ ? FileOf(pid, call) : nullptr;
      if (file != nullptr && file->was_there) return std::nullopt;
      return 0;
    }
    case Operation::kFlock: {
      const Description* const description = Find(pid, call.fd);
      if (description == nullptr || description->answers()) return std::nullopt;
      const int operation = call.command & ~LOCK_NB;
      if (operation == LOCK_UN) return 0;
      // To change a lock is more than one thing.
      if (description->flock != 0 ||
          (operation != LOCK_EX && operation != LOCK_SH)) {
        return std::nullopt;
      }
      if (!OthersHaveFlock(*description, operation == LOCK_SH)) return 0;
      if (call.blocking) return std::nullopt;
      return -EWOULDBLOCK;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace conformance::explorer
