// The model of a disk itself: what it must keep and what it may lose.
#include "power/disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "power/cuts.h"

namespace zoobar::power {
namespace {

using Left = Cut::Left;

class DiskTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  // Appends the text to the file.
  void Append(const std::string& name, const std::string& text, int flags = 0) const {
    const Fd file(open(Path(name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0600));
    ASSERT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void Flush(const std::string& name) const {
    const Fd file(open(Path(name).c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(fsync(file.get()), 0);
  }
  // What is in the file in this state at the end; "(none)" if there is no such file.
  std::string After(const Recording& recording, Left left, std::uint64_t number, const std::string& name,
                    Promises promises = {}) const {
    const FastFolder state;
    Disk disk(recording, promises);
    disk.AdvanceTo(recording.operations.size());
    disk.Build({recording.operations.size(), left, number}, 1, state.path());
    std::ifstream file(state.path() + "/" + name, std::ios::binary);
    if (!file) return "(none)";
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const FastFolder folder_;
};

TEST_F(DiskTest, WhatWasFlushedIsThereAndTheRestMayBeMissing) {
  Append("file", "old ");
  Recorder recorder(folder_.path());
  Append("file", "flushed ");
  Flush("file");
  Append("file", "lost");
  const Recording recording = recorder.Stop();
  EXPECT_EQ(After(recording, Left::kNone, 0, "file"), "old flushed ");
  EXPECT_EQ(After(recording, Left::kAll, 0, "file"), "old flushed lost");
  EXPECT_EQ(After(recording, Left::kNone, 0, "file", {.files = false}), "old ");
}

TEST_F(DiskTest, AWriteMayBeMissingBeforeAnotherOne) {
  Append("file", "old ");
  Recorder recorder(folder_.path());
  Append("file", "one ");
  Append("file", "two");
  const Recording recording = recorder.Stop();
  const std::string hole(4, '\0');
  EXPECT_EQ(After(recording, Left::kOnly, 1, "file"), "old " + hole + "two");
  EXPECT_EQ(After(recording, Left::kWithout, 1, "file"), "old one ");
  EXPECT_EQ(After(recording, Left::kWithout, 0, "file", {.growing_in_order = true}), "old ");
}

TEST_F(DiskTest, ASynchronousWriteIsThere) {
  Append("file", "old ");
  Recorder recorder(folder_.path());
  Append("file", "now", O_DSYNC);
  const Recording recording = recorder.Stop();
  EXPECT_EQ(After(recording, Left::kNone, 0, "file"), "old now");
  EXPECT_EQ(After(recording, Left::kNone, 0, "file", {.synchronous = false}), "old ");
}

TEST_F(DiskTest, ANameIsThereWhenItsFolderWasFlushed) {
  Append("file", "old");
  Recorder recorder(folder_.path());
  Append("fresh", "new");
  Flush("fresh");
  const Recording unnamed = recorder.Stop();
  EXPECT_EQ(After(unnamed, Left::kNone, 0, "fresh"), "(none)") << "the file was flushed, its name was not";
  EXPECT_EQ(After(unnamed, Left::kNamesOnly, 1, "fresh"), "new");

  Recorder again(folder_.path());
  ASSERT_EQ(rename(Path("fresh").c_str(), Path("file").c_str()), 0);
  Append("later", "x");
  const Recording renamed = again.Stop();
  EXPECT_EQ(After(renamed, Left::kNone, 0, "file"), "old");
  EXPECT_EQ(After(renamed, Left::kNone, 0, "fresh"), "new");
  EXPECT_EQ(After(renamed, Left::kAllWrites, 1, "file"), "new");
  EXPECT_EQ(After(renamed, Left::kAllWrites, 1, "later"), "(none)") << "names keep their order";

  Recorder flushed(folder_.path());
  std::filesystem::create_directory(Path("folder"));
  Append("folder/file", "in it");
  Flush(".");
  const Recording made = flushed.Stop();
  EXPECT_EQ(After(made, Left::kNone, 0, "folder/file"), "(none)") << "another folder was flushed";
}

// Each sector of a torn write is the old one or the new one, and different seeds tear differently.
TEST_F(DiskTest, ATornWriteHasWholeSectors) {
  constexpr std::size_t kSectors = 20, kSize = 512;
  Append("file", std::string(kSectors * kSize, 'o'));
  Recorder recorder(folder_.path());
  {
    const Fd file(open(Path("file").c_str(), O_WRONLY | O_CLOEXEC));
    const std::string fresh(kSectors * kSize, 'n');
    ASSERT_EQ(pwrite(file.get(), fresh.data(), fresh.size(), 0), static_cast<ssize_t>(fresh.size()));
  }
  const Recording recording = recorder.Stop();
  std::set<std::string> seen;
  for (std::uint64_t number = 0; number < 60; ++number) {
    const std::string content = After(recording, Left::kRandom, number, "file");
    ASSERT_EQ(content.size(), kSectors * kSize);
    for (std::size_t i = 0; i < kSectors; ++i) {
      const std::string sector = content.substr(i * kSize, kSize);
      EXPECT_TRUE(sector == std::string(kSize, 'o') || sector == std::string(kSize, 'n'));
    }
    seen.insert(content);
    EXPECT_EQ(content, After(recording, Left::kRandom, number, "file")) << "the same state again";
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST_F(DiskTest, ACutIsReadAsItIsWritten) {
  const Cut cut{412, Left::kRandom, 3};
  EXPECT_EQ(cut.Text(), "412.random.3");
  const auto read = Cut::Parse("412.random.3");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->Text(), cut.Text());
  for (const char* wrong : {"", "412", "412.random", "x.random.3", "412.some.3", "412.random.x"})
    EXPECT_FALSE(Cut::Parse(wrong)) << wrong;
}

}  // namespace
}  // namespace zoobar::power
