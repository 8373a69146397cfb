#include "backup/record_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "backup/format.h"
#include "ipc/loop.h"

namespace zoobar::backup {
namespace {

class RecordReaderTest : public testing::Test {
 protected:
  RecordReaderTest() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    reader_ = std::make_unique<RecordReader>(Fd(ends[0]));
    write_ = Fd(ends[1]);
  }
  static std::string RecordOf(char type, std::string_view content) {
    std::string record(1, type);
    AppendNumber(record, static_cast<std::uint32_t>(content.size()));
    return record.append(content);
  }
  void Write(std::string_view bytes) const {
    EXPECT_EQ(write(write_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  static constexpr std::int64_t kMinute = 60'000'000;
  std::unique_ptr<RecordReader> reader_;
  Fd write_;
};

TEST_F(RecordReaderTest, ReadsRecordsUntilThePipeIsClosed) {
  Write(RecordOf(kTable, "names") + RecordOf(kEntries, ""));
  write_.Close();
  EXPECT_EQ(*reader_->Next(kMinute), kTable);
  EXPECT_EQ(reader_->content(), "names");
  EXPECT_EQ(*reader_->Next(kMinute), kEntries);
  EXPECT_EQ(reader_->content(), "");
  const Result<char> end = reader_->Next(kMinute);
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().cause, Cause::kGone);
}

TEST_F(RecordReaderTest, ARecordThatIsTooLongIsRefusedBeforeItIsRead) {
  std::string head(1, kEntries);
  AppendNumber(head, static_cast<std::uint32_t>(kMostRecord + 1));
  Write(head);
  EXPECT_FALSE(reader_->Next(kMinute).ok());
}

TEST_F(RecordReaderTest, ASilentWriterIsNotWaitedForLonger) {
  Write(RecordOf(kTable, "names").substr(0, 3));
  EXPECT_EQ(reader_->Next(1000).error().text, "it does not answer in time");
}

// Each byte comes in time for its record, but all of them together would take for ever.
TEST_F(RecordReaderTest, AWriterThatDripsUsesUpItsPatience) {
  std::thread dripping([this] {
    const std::string record = RecordOf(kEntries, std::string(1000, 'x'));
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (write(write_.get(), record.data() + i, 1) != 1) break;
      usleep(2000);
    }
  });
  reader_->SetPatience(50'000);
  EXPECT_EQ(reader_->Next(kMinute).error().text, "it does not answer in time");
  dripping.join();
}

TEST_F(RecordReaderTest, PatienceIsForAllRecordsTogether) {
  reader_->SetPatience(kMinute);
  Write(RecordOf(kTable, "a"));
  ASSERT_TRUE(reader_->Next(kMinute).ok());
  reader_->SetPatience(0);
  Write(RecordOf(kTable, "b"));
  EXPECT_FALSE(reader_->Next(kMinute).ok());
}

}  // namespace
}  // namespace zoobar::backup
