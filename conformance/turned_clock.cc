// Finds the functions, and writes the code, through /proc/PID/mem (proc(5)).

#include "conformance/turned_clock.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "conformance/process/proc_text.h"
#include "conformance/process/read_proc.h"

namespace conformance {
namespace {

absl::Status Cannot(absl::string_view why) {
  return absl::UnimplementedError(
      absl::StrCat("the clock of a process can't be turned here: ", why));
}

#if defined(__x86_64__)

struct Area {
  uint64_t begin = 0;
  std::vector<uint8_t> bytes;
};

absl::StatusOr<Area> ReadVdso(pid_t pid, int memory) {
  const std::optional<std::pair<uint64_t, uint64_t>> vdso =
      VdsoOfMaps(ReadProc(absl::StrCat("/proc/", pid, "/maps")));
  if (!vdso.has_value()) return Cannot("it has no vdso(7)");
  Area area;
  area.begin = vdso->first;
  area.bytes.resize(vdso->second - vdso->first);
  if (::pread(memory, area.bytes.data(), area.bytes.size(),
              static_cast<off_t>(area.begin)) !=
      static_cast<ssize_t>(area.bytes.size())) {
    return Cannot(absl::StrCat("its memory: ", ::strerror(errno)));
  }
  return area;
}

template <typename T>
bool Get(const Area& area, uint64_t offset, T& value) {
  // The offset is the contender's, too.
  if (area.bytes.size() < sizeof(T) || offset > area.bytes.size() - sizeof(T)) {
    return false;
  }
  std::memcpy(&value, area.bytes.data() + offset, sizeof(T));
  return true;
}

// The offset of a function; 0 when there is none. The symbols are followed by
// their names (elf(5)).
uint64_t OffsetOf(const Area& area, absl::string_view name) {
  Elf64_Ehdr header;
  if (!Get(area, 0, header)) return 0;
  uint64_t symbols = 0;
  uint64_t names = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part;
    if (!Get(area, header.e_phoff + i * sizeof(part), part)) return 0;
    if (part.p_type != PT_DYNAMIC) continue;
    Elf64_Dyn entry;
    for (uint64_t at = part.p_offset;
         Get(area, at, entry) && entry.d_tag != DT_NULL; at += sizeof(entry)) {
      if (entry.d_tag == DT_SYMTAB) symbols = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRTAB) names = entry.d_un.d_ptr;
    }
  }
  Elf64_Sym symbol;
  for (uint64_t at = symbols;
       symbols != 0 && at + sizeof(symbol) <= names && Get(area, at, symbol);
       at += sizeof(symbol)) {
    const uint64_t text = names + symbol.st_name;
    if (text + name.size() >= area.bytes.size()) continue;
    if (std::memcmp(area.bytes.data() + text, name.data(), name.size()) == 0 &&
        area.bytes[text + name.size()] == 0) {
      return symbol.st_value;
    }
  }
  return 0;
}

// Assembles the three functions behind each other.
class Code {
 public:
  // `slot`: the address of the number, from where the code begins.
  explicit Code(int64_t slot) : slot_(slot) {}

  uint64_t ClockGettime() {
    const uint64_t begin = Begin();
    Call(SYS_clock_gettime);
    Add({0x85, 0xc0, 0x75, 0x14});        // test eax,eax; jne out
    Add({0x83, 0xff, 0x00, 0x74, 0x05});  // cmp edi,CLOCK_REALTIME; je add
    Add({0x83, 0xff, 0x05, 0x75, 0x0a});  // cmp edi,CLOCK_REALTIME_COARSE; jne
    LoadSlot();                           // add: mov rcx,[slot]
    Add({0x48, 0x01, 0x0e, 0xc3});        // add [rsi],rcx; out: ret
    return begin;
  }
  uint64_t Gettimeofday() {
    const uint64_t begin = Begin();
    Call(SYS_gettimeofday);
    Add({0x85, 0xc0, 0x75, 0x0f});        // test eax,eax; jne out
    Add({0x48, 0x85, 0xff, 0x74, 0x0a});  // test rdi,rdi; je out
    LoadSlot();
    Add({0x48, 0x01, 0x0f, 0xc3});  // add [rdi],rcx; out: ret
    return begin;
  }
  uint64_t Time() {
    const uint64_t begin = Begin();
    Add({0x48, 0x89, 0xfa, 0x31, 0xff});  // mov rdx,rdi; xor edi,edi
    Call(SYS_time);
    LoadSlot();
    Add({0x48, 0x01, 0xc8});              // add rax,rcx
    Add({0x48, 0x85, 0xd2, 0x74, 0x03});  // test rdx,rdx; je out
    Add({0x48, 0x89, 0x02, 0xc3});        // mov [rdx],rax; out: ret
    return begin;
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  uint64_t Begin() const { return bytes_.size(); }
  void Add(std::initializer_list<uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes);
  }
  void Number(int32_t number) {
    for (int i = 0; i < 4; ++i) {
      bytes_.push_back(
          static_cast<uint8_t>(static_cast<uint32_t>(number) >> (8 * i)));
    }
  }
  void Call(int64_t number) {
    Add({0xb8});  // mov eax,number
    Number(static_cast<int32_t>(number));
    Add({0x0f, 0x05});  // syscall
  }
  void LoadSlot() {
    Add({0x48, 0x8b, 0x0d});  // mov rcx,[rip+...]
    Number(
        static_cast<int32_t>(slot_ - static_cast<int64_t>(bytes_.size()) - 4));
  }

  const int64_t slot_;
  std::vector<uint8_t> bytes_;
};

absl::Status WriteAt(int memory, uint64_t address, const void* bytes,
                     size_t size) {
  if (::pwrite(memory, bytes, size, static_cast<off_t>(address)) !=
      static_cast<ssize_t>(size)) {
    return Cannot(absl::StrCat("writing its memory: ", ::strerror(errno)));
  }
  return absl::OkStatus();
}

#endif  // defined(__x86_64__)

}  // namespace

#if defined(__x86_64__)

absl::StatusOr<TurnedClock> TurnedClock::Of(pid_t pid) {
  const int memory =
      ::open(absl::StrCat("/proc/", pid, "/mem").c_str(), O_RDWR | O_CLOEXEC);
  if (memory < 0) {
    return Cannot(absl::StrCat("its memory: ", ::strerror(errno)));
  }
  const absl::Cleanup close_memory([&] { ::close(memory); });
  const absl::StatusOr<Area> area = ReadVdso(pid, memory);
  if (!area.ok()) return area.status();
  // Behind all functions the last page is filled with zeros.
  constexpr uint64_t kRoom = 160;
  const uint64_t size = area->bytes.size();
  const uint64_t cave = size - kRoom;
  for (uint64_t i = cave; i < size; ++i) {
    if (area->bytes[i] != 0) return Cannot("there is no room in its vdso(7)");
  }
  const uint64_t slot = size - 8;
  Code code(static_cast<int64_t>(slot - cave));
  struct Function {
    const char* name;
    uint64_t at;
  };
  const std::vector<Function> functions = {
      {"__vdso_clock_gettime", code.ClockGettime()},
      {"__vdso_gettimeofday", code.Gettimeofday()},
      {"__vdso_time", code.Time()}};
  if (code.bytes().size() > kRoom - 8) return Cannot("the code is too long");
  absl::Status status = WriteAt(memory, area->begin + cave, code.bytes().data(),
                                code.bytes().size());
  for (const Function& function : functions) {
    const uint64_t old = OffsetOf(*area, function.name);
    if (old == 0 || !status.ok()) continue;
    uint8_t jump[5] = {0xe9};
    const auto distance =
        static_cast<int32_t>(static_cast<int64_t>(cave + function.at) -
                             static_cast<int64_t>(old + sizeof(jump)));
    std::memcpy(jump + 1, &distance, sizeof(distance));
    status = WriteAt(memory, area->begin + old, jump, sizeof(jump));
  }
  if (!status.ok()) return status;
  return TurnedClock(pid, area->begin + slot);
}

absl::Status TurnedClock::TurnBy(absl::Duration duration) const {
  const int memory =
      ::open(absl::StrCat("/proc/", pid_, "/mem").c_str(), O_RDWR | O_CLOEXEC);
  if (memory < 0) {
    return Cannot(absl::StrCat("its memory: ", ::strerror(errno)));
  }
  const int64_t seconds = absl::ToInt64Seconds(duration);
  absl::Status status = WriteAt(memory, slot_, &seconds, sizeof(seconds));
  ::close(memory);
  return status;
}

#else

absl::StatusOr<TurnedClock> TurnedClock::Of(pid_t /*pid*/) {
  return Cannot("only the code for x86-64 is written");
}
absl::Status TurnedClock::TurnBy(absl::Duration /*duration*/) const {
  return Cannot("only the code for x86-64 is written");
}

#endif

}  // namespace conformance
