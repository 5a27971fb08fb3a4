// Calls of a caller whose memory, folders and neighbours are made up.

#include "conformance/explorer/tracing/call_decoder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/explorer/tracing/actor_id.h"
#include "conformance/explorer/tracing/call.h"
#include "conformance/explorer/tracing/file_model.h"
#include "conformance/explorer/tracing/made_calls.h"
#include "gtest/gtest.h"

namespace conformance::explorer {
namespace {

constexpr pid_t kMine = 100;
constexpr pid_t kOthers = 200;

class MadeUp : public CallDecoder::Source {
 public:
  // Where in memory it is.
  uint64_t Put(const std::string& bytes) {
    memory_[next_] = bytes;
    return next_++;
  }

  std::string ReadString(const Caller& /*caller*/, uint64_t address) override {
    return memory_[address];
  }
  std::string ReadMemory(const Caller& /*caller*/, uint64_t address,
                         size_t size) override {
    return memory_[address].substr(0, size);
  }
  std::string CurrentFolder(const Caller& /*caller*/) override {
    return "/somewhere";
  }
  std::string FolderOf(const Caller& /*caller*/, int descriptor) override {
    return descriptor == 7 ? "/locks" : "/elsewhere";
  }
  std::optional<ActorId> ActorOf(pid_t process) override {
    if (process == kMine) return ActorId(0);
    if (process == kOthers) return ActorId(1);
    return std::nullopt;
  }

 private:
  std::map<uint64_t, std::string> memory_;
  uint64_t next_ = 1000;
};

class CallDecoderTest : public ::testing::Test {
 protected:
  CallDecoderTest() : model_("/locks") { model_.Start(kMine, 0); }

  Call Decode(absl::string_view name, const std::vector<uint64_t>& args) {
    Call call = Make(name);
    for (size_t i = 0; i < args.size(); ++i) call.args[i] = args[i];
    decoder_.Decode({kMine, kMine, 0}, call);
    return call;
  }
  uint64_t Text(const std::string& text) { return source_.Put(text); }

  FileModel model_;
  MadeUp source_;
  CallDecoder decoder_{"/locks", "/link-to-locks", model_, source_};
};

constexpr auto kHere = static_cast<uint64_t>(AT_FDCWD);

TEST_F(CallDecoderTest, PathsInTheFolderHaveNames) {
  EXPECT_EQ(Decode("openat", {kHere, Text("/locks/a")}).name, "a");
  EXPECT_EQ(Decode("openat", {kHere, Text("/link-to-locks/a")}).name, "a");
  EXPECT_EQ(Decode("openat", {kHere, Text("../locks/./a")}).name, "a");
  EXPECT_EQ(Decode("openat", {7, Text("a")}).name, "a");
  EXPECT_EQ(Decode("openat", {8, Text("a")}).name, "");
  EXPECT_EQ(Decode("openat", {kHere, Text("/other/a")}).name, "");
  EXPECT_EQ(Decode("openat", {kHere, Text("a")}).name, "");
}

TEST_F(CallDecoderTest, TwoPathsHaveTwoNames) {
  const Call rename =
      Decode("rename", {Text("/locks/from"), Text("/locks/to")});
  EXPECT_EQ(rename.name, "from");
  EXPECT_EQ(rename.name2, "to");
  const Call symlink = Decode("symlink", {Text("42"), Text("/locks/lock")});
  EXPECT_EQ(symlink.path, "42");
  EXPECT_EQ(symlink.name, "lock");
}

TEST_F(CallDecoderTest, FlagsOfOpens) {
  const uint64_t path = Text("/locks/a");
  EXPECT_EQ(Decode("openat", {kHere, path, O_EXCL}).flags, uint64_t{O_EXCL});
  EXPECT_EQ(Decode("creat", {path}).flags,
            uint64_t{O_CREAT | O_WRONLY | O_TRUNC});
  const uint64_t flags = O_CREAT;
  std::string how(8, '\0');
  ::memcpy(how.data(), &flags, how.size());
  EXPECT_EQ(Decode("openat2", {kHere, path, source_.Put(how)}).flags, flags);
}

TEST_F(CallDecoderTest, LocksThatWait) {
  EXPECT_TRUE(Decode("flock", {3, LOCK_EX}).blocking);
  EXPECT_FALSE(Decode("flock", {3, LOCK_EX | LOCK_NB}).blocking);
  EXPECT_FALSE(Decode("flock", {3, LOCK_UN}).blocking);
}

TEST_F(CallDecoderTest, QuestionsAboutOthers) {
  EXPECT_EQ(Decode("kill", {kOthers, 0}).actor, ActorId(1));
  EXPECT_EQ(Decode("kill", {kMine, 0}).actor, std::nullopt);
  EXPECT_EQ(Decode("kill", {300, 0}).actor, std::nullopt);
  EXPECT_EQ(Decode("openat", {kHere, Text("/proc/200/stat")}).actor,
            ActorId(1));
  EXPECT_EQ(Decode("openat", {kHere, Text("/proc/self/stat")}).actor,
            std::nullopt);
  EXPECT_EQ(Decode("openat", {kHere, Text("/proc/uptime")}).actor,
            std::nullopt);
}

TEST_F(CallDecoderTest, MemoryThatCannotBeRead) {
  const Call open = Decode("openat", {kHere, 1});
  EXPECT_EQ(open.path, "");
  EXPECT_EQ(open.name, "");
  EXPECT_EQ(Decode("openat2", {kHere, 1, 1}).flags, 0u);
}

}  // namespace
}  // namespace conformance::explorer
