// Texts that are records, and records that are made.

#include "lockfile/internal/owner_record.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace lockfile {
namespace internal {
namespace {

TEST(OwnerRecordTest, UnderstandsCleanRecords) {
  struct Case {
    absl::string_view content;
    int64_t pid;
    absl::string_view hostname;
  };
  for (const Case& c :
       {Case{"1", 1, ""}, Case{"4711\n", 4711, ""}, Case{" 4711\n", 4711, ""},
        Case{"2147483647", 2147483647, ""}, Case{"12 host\n", 12, "host"},
        Case{"12;a-b_c.example.org", 12, "a-b_c.example.org"},
        Case{" 12;host\n", 12, "host"}}) {
    const std::optional<OwnerRecord> record = ParseOwnerRecord(c.content);
    ASSERT_TRUE(record.has_value()) << c.content;
    EXPECT_EQ(record->pid, c.pid) << c.content;
    EXPECT_EQ(record->hostname, c.hostname) << c.content;
  }
}

TEST(OwnerRecordTest, UnderstandsNothingElse) {
  for (const std::string& content : {std::string(),
                                     std::string(" "),
                                     std::string("\n"),
                                     std::string("0"),
                                     std::string("00"),
                                     std::string("01"),
                                     std::string("-1"),
                                     std::string("+1"),
                                     std::string("1.0"),
                                     std::string("0x10"),
                                     std::string("1e3"),
                                     std::string("2147483648"),
                                     std::string("9223372036854775807"),
                                     std::string("18446744073709551617"),
                                     std::string(2000, '9'),
                                     std::string("  1"),
                                     std::string("1\n\n"),
                                     std::string("1\r\n"),
                                     std::string("1\n2\n"),
                                     std::string("1 "),
                                     std::string("1 \n"),
                                     std::string("1;"),
                                     std::string("1  host"),
                                     std::string("1 host name"),
                                     std::string("1 host\nx"),
                                     std::string("1 h\xc3\xb6st"),
                                     "1 " + std::string(256, 'h'),
                                     std::string("1\0", 2),
                                     std::string("\0001", 2),
                                     std::string("\xef\xbb\xbf"
                                                 "1"),
                                     std::string("\xd9\xa1"),
                                     std::string("pid=1"),
                                     std::string("1\t2")}) {
    EXPECT_FALSE(ParseOwnerRecord(content).has_value()) << content;
  }
}

TEST(OwnerRecordTest, FillsInTemplates) {
  EXPECT_EQ(*FormatOwnerRecord("{pid}\n", 12, ""), "12\n");
  EXPECT_EQ(*FormatOwnerRecord("{pid} {hostname}\n", 12, "h"), "12 h\n");
  EXPECT_EQ(*FormatOwnerRecord("{pid}{pid}", 12, ""), "1212");
  EXPECT_EQ(*FormatOwnerRecord("{\"pid\": {pid}}\n", 12, ""),
            "{\"pid\": 12}\n");
  EXPECT_EQ(*FormatOwnerRecord("{} {1} { pid} {", 12, ""), "{} {1} { pid} {");
  // Text that was filled in isn't filled in again.
  EXPECT_EQ(*FormatOwnerRecord("{hostname}", 12, "{pid}"), "{pid}");
  EXPECT_TRUE(OwnerRecordNamesHost("{pid} {hostname}"));
  EXPECT_FALSE(OwnerRecordNamesHost("{pid} hostname"));
}

TEST(OwnerRecordTest, RejectsSlipsAndExcess) {
  for (const std::string& record_template :
       {std::string("{pids}"), std::string("{host}"), std::string("{_}"),
        std::string(kMaxOwnerRecordSize + 1, 'x'),
        std::string(kMaxOwnerRecordSize, 'x') + "{pid}"}) {
    EXPECT_EQ(FormatOwnerRecord(record_template, 1, "h").status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(
      FormatOwnerRecord(std::string(kMaxOwnerRecordSize, 'x'), 1, "h").ok());
}

TEST(OwnerRecordTest, UnderstandsWhatItMakes) {
  const std::optional<OwnerRecord> record =
      ParseOwnerRecord(*FormatOwnerRecord("{pid} {hostname}\n", 4711, "h-1"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->pid, 4711);
  EXPECT_EQ(record->hostname, "h-1");
}

}  // namespace
}  // namespace internal
}  // namespace lockfile
