#include "audit/record.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "audit/made_log.h"
#include "audit/note.h"

namespace zoobar::audit {
namespace {

TEST(AuditRecord, AnIdHasOneText) {
  const RecordId id{12, 3, 4711};
  EXPECT_EQ(id.Text(), "12.3.4711");
  EXPECT_EQ(RecordId::Parse("12.3.4711"), id);
  for (const char* bad : {"", "1", "1.2", "1.2.", ".1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.+3", "1.2.-3", " 1.2.3",
                          "1.2.3 ", "1.2.0x3", "1.2.1234567890123456", "a.b.c"})
    EXPECT_FALSE(RecordId::Parse(bad)) << bad;
}

TEST(AuditRecord, ALineIsReadBackAsItWasMade) {
  const Mac prev = *MacOfHex("00112233445566778899aabbccddeeff"), mac = *MacOfHex("ffeeddccbbaa99887766554433221100");
  const std::string begun = BeginLine(R"({"event":"x"})", {1, 2, 3}, prev);
  const std::string line = EndLine(begun, mac);
  EXPECT_EQ(line, R"({"event":"x","id":"1.2.3","prev":"00112233445566778899aabbccddeeff",)"
                  R"("mac":"ffeeddccbbaa99887766554433221100"})");
  const auto sealed = ReadSealed(line);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->id, (RecordId{1, 2, 3}));
  EXPECT_EQ(sealed->prev, prev);
  EXPECT_EQ(sealed->mac, mac);
  EXPECT_EQ(sealed->covered, begun);
}

TEST(AuditRecord, EachChangedByteOfTheEndIsRefusedOrRead) {
  const std::string line = EndLine(BeginLine("{}", {1, 2, 3}, Mac{}), Mac{});
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = line;
      changed[i] = static_cast<char>(value);
      const auto sealed = ReadSealed(changed);
      if (sealed) {
        EXPECT_EQ(EndLine(std::string(sealed->covered), sealed->mac), changed);
      }
    }
  }
  EXPECT_FALSE(ReadSealed(line + " "));
  EXPECT_FALSE(ReadSealed(""));
  EXPECT_FALSE(ReadSealed(std::string(kMaxLine, 'x') + line));
}

class EndTest : public testing::Test {
 protected:
  FileEnd EndOf(const std::string& text) {
    const std::string path = folder_.path() + "/file";
    std::ofstream(path, std::ios::binary) << text;
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    first_ = FindFirst(fd.get());
    return FindEnd(fd.get());
  }
  const TemporaryDirectory folder_;
  std::optional<RecordId> first_;
};

TEST_F(EndTest, IsThatOfTheLastRecord) {
  MadeLog log = SomeLog();
  const std::string& text = log.files().back();
  FileEnd end = EndOf(text);
  EXPECT_EQ(end.id, log.chain().last());
  EXPECT_EQ(end.mac, log.chain().last_mac());
  EXPECT_FALSE(end.torn);
  EXPECT_EQ(TextOf(first_), "2.1.26");
  end = EndOf(text.substr(0, text.size() - 5));
  EXPECT_EQ(TextOf(end.id), "2.2.10");
  EXPECT_TRUE(end.torn);
  for (const char* damaged : {"garbage\n", "\n\n", "garbage\nmore\nand"})
    EXPECT_EQ(EndOf(text + damaged).id, log.chain().last()) << damaged;
  EXPECT_FALSE(EndOf("").id);
  EXPECT_FALSE(EndOf("no line").id);
  EXPECT_TRUE(EndOf("no line").torn);
  EXPECT_FALSE(EndOf("no record\n").unknown);
  end = EndOf(text + std::string(100000, 'x') + "\n");
  EXPECT_FALSE(end.id);
  EXPECT_TRUE(end.unknown);
}

TEST(AuditNote, IsReadBackAndADamagedOneIsRefused) {
  const Note note = {{"audit", {RecordId{1, 2, 3}, {}}}, {"money", {RecordId{4, 5, 6}, RecordId{1, 1, 0}}}};
  const std::string text = EncodeNote(note);
  EXPECT_EQ(text.size(), kNoteBytes);
  const std::optional<Note> read = DecodeNote(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at("audit").end, note.at("audit").end);
  EXPECT_EQ(read->at("money").oldest, note.at("money").oldest);
  EXPECT_FALSE(read->at("audit").oldest);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(DecodeNote(changed)) << i;
  }
  EXPECT_FALSE(DecodeNote(text.substr(1)));
}

TEST(AuditNote, StartsAreReadBackAndMustAscend) {
  std::vector<StartLine> starts(2);
  starts[0] = {.number = 1, .time_ms = 5, .ends = {{"audit", {std::nullopt, std::nullopt}}}};
  starts[1] = {.number = 2, .time_ms = 6, .ends = {{"audit", {RecordId{1, 1, 9}, RecordId{1, 1, 8}}}}};
  const std::string text = EncodeStarts(starts);
  const auto read = DecodeStarts(text);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[1].ends.at("audit"), starts[1].ends.at("audit"));
  EXPECT_FALSE((*read)[0].ends.at("audit").first);
  for (const char* bad : {"x\n", "1\n", "1 2 audit\n", "2 1\n1 1\n", "1 1\n1 1\n", "1 1 audit:1.1.1\n"})
    EXPECT_FALSE(DecodeStarts(bad).ok()) << bad;
}

}  // namespace
}  // namespace zoobar::audit
