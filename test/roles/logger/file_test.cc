#include "roles/logger/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace zoobar {
namespace {

struct Pipe {
  explicit Pipe(int flags) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | flags), 0);
    out = Fd(ends[0]);
    in = Fd(ends[1]);
    fcntl(out.get(), F_SETFL, O_NONBLOCK);
    fcntl(in.get(), F_SETPIPE_SZ, 4096);
  }
  // All that is in the pipe now.
  std::string Read() {
    std::string text;
    std::array<char, 65536> bytes;
    for (ssize_t count; (count = read(out.get(), bytes.data(), bytes.size())) > 0;) {
      text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  Fd out, in;
};

TEST(AppendFile, LinesOfATurnGoInOneWriteAndTheNewestAreKept) {
  Pipe pipe(0);
  AppendFile file("log.events", std::move(pipe.in));
  for (int i = 0; i < 3; ++i) file.Append(std::to_string(i) + "\n");
  EXPECT_EQ(pipe.Read(), "");
  file.Flush();
  EXPECT_EQ(pipe.Read(), "0\n1\n2\n");
  EXPECT_EQ(file.size(), 6u);
  EXPECT_EQ(file.Recent(2), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(file.Recent(100).size(), 3u);
}

TEST(AppendFile, AFullDiskLosesLinesAndNothingElse) {
  AppendFile file("log.events", Fd(open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC)));
  file.Append("a\n");
  file.Append("b\n");
  file.Flush();
  EXPECT_TRUE(file.failing());
  EXPECT_EQ(file.lost(), 2u);
  EXPECT_FALSE(file.TakeLost());
  Pipe pipe(0);
  file.Replace(std::move(pipe.in));
  file.Append("c\n");
  file.Flush();
  EXPECT_EQ(pipe.Read(), "c\n");
  const std::optional<LostLines> lost = file.TakeLost();
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->lines, 2u);
  EXPECT_NE(lost->why.find("space"), std::string::npos);
  EXPECT_FALSE(file.TakeLost());
}

TEST(AppendFile, ALineCutByAFullDiskIsEndedBeforeTheNext) {
  Pipe pipe(O_NONBLOCK);
  AppendFile file("log.events", std::move(pipe.in));
  file.Append(std::string(6000, 'x') + "\n");
  file.Flush();
  EXPECT_TRUE(file.failing());
  EXPECT_EQ(pipe.Read(), std::string(4096, 'x'));
  file.Append("next\n");
  file.Flush();
  EXPECT_EQ(pipe.Read(), "\nnext\n");
}

TEST(AppendFile, WhatMayWaitIsWrittenOnceTheDiskHasRoom) {
  Pipe pipe(O_NONBLOCK);
  AppendFile file("log.alarms", std::move(pipe.in), 10000);
  file.Append(std::string(4000, 'x') + "\n");
  file.Append(std::string(4000, 'y') + "\n");
  file.Flush();
  EXPECT_TRUE(file.failing());
  EXPECT_EQ(file.lost(), 0u);
  std::string read = pipe.Read();
  file.Append("next\n");
  file.Flush();
  EXPECT_FALSE(file.failing());
  read += pipe.Read();
  EXPECT_EQ(read, std::string(4000, 'x') + "\n" + std::string(4000, 'y') + "\nnext\n");
}

TEST(AppendFile, WhatWaitsIsBoundedToWholeLines) {
  AppendFile file("log.alarms", Fd(open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC)), 10);
  for (const char* line : {"first\n", "abc\n", "late\n"}) {
    file.Append(line);
    file.Flush();
  }
  EXPECT_EQ(file.lost(), 1u);
  Pipe pipe(0);
  file.Replace(std::move(pipe.in));
  file.Flush();
  EXPECT_EQ(pipe.Read(), "first\nabc\n");
}

TEST(AppendFile, ALineThatTheOldFileBeginsIsNotEndedInTheNewOne) {
  Pipe old(O_NONBLOCK), fresh(0);
  AppendFile file("log.alarms", std::move(old.in), 10000);
  file.Append(std::string(6000, 'x') + "\n");
  file.Append("whole\n");
  file.Flush();
  file.Replace(std::move(fresh.in));
  file.Flush();
  EXPECT_EQ(fresh.Read(), "whole\n");
  EXPECT_EQ(file.lost(), 1u);
}

TEST(AppendFile, TheSizeOfAnExistingFileCounts) {
  char name[] = "/tmp/zoobar-log-XXXXXX";
  Fd made(mkostemp(name, O_CLOEXEC));
  ASSERT_EQ(write(made.get(), "12345", 5), 5);
  AppendFile file("log.events", Fd(open(name, O_WRONLY | O_APPEND | O_CLOEXEC)));
  unlink(name);
  EXPECT_EQ(file.size(), 5u);
}

TEST(SharedStderr, APipeNobodyReadsNeverBlocksAndWhatIsLostIsCounted) {
  Pipe pipe(0);
  SharedStderr shared(pipe.in.Duplicate());
  const std::string line = std::string(999, 'x') + "\n";
  for (int i = 0; i < 10; ++i) shared.Append(line);
  shared.Flush();  // the pipe has room for one atomic write at a time; a blocking write would hang here
  const std::uint64_t lost = shared.lost();
  EXPECT_GE(lost, 6u);
  EXPECT_EQ(shared.TakeLost(), 0u);
  EXPECT_EQ(pipe.Read().size(), (10 - lost) * 1000);
  EXPECT_EQ(shared.TakeLost(), lost);
  shared.Append("again\n");
  shared.Flush();
  EXPECT_EQ(pipe.Read(), "again\n");
}

TEST(SharedStderr, TheSharedDescriptorsModeIsLeftAlone) {
  Pipe pipe(0);
  SharedStderr shared(pipe.in.Duplicate());
  shared.Append("x\n");
  shared.Flush();
  EXPECT_EQ(fcntl(pipe.in.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(SharedStderr, ALineLongerThanAnAtomicWriteIsEndedBeforeTheNextWhenCut) {
  Pipe pipe(0);
  SharedStderr shared(pipe.in.Duplicate());
  shared.Append(std::string(6000, 'x') + "\n");
  shared.Flush();
  EXPECT_EQ(pipe.Read(), std::string(4096, 'x'));
  shared.Append("next\n");
  shared.Flush();
  EXPECT_EQ(pipe.Read(), "\nnext\n");
}

TEST(SharedStderr, AReaderThatLeftEndsItQuietly) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe(0);
  SharedStderr shared(pipe.in.Duplicate());
  pipe.out.Close();
  shared.Append("x\n");
  shared.Flush();
  shared.Append("y\n");
  shared.Flush();
  EXPECT_EQ(shared.lost(), 1u);
}

}  // namespace
}  // namespace zoobar
