// How a process ends that cannot go on, and what a write that fails says.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>

#include "ipc/descriptors.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {
namespace {

constexpr int kDied = 70;

TEST(DieClearlyTest, ALackOfMemoryEndsTheProcessWithALine) {
  const auto lack_memory = [] {
    DieClearly();
    std::get_new_handler()();  // what operator new calls
  };
  EXPECT_EXIT(lack_memory(), testing::ExitedWithCode(kDied), "^zoobar: fatal: out of memory\n$");
}

// What the runtime does with an exception that nobody catches.
template <typename Exception>
void TerminateWith(const Exception& exception) {
  DieClearly();
  try {
    throw exception;
  } catch (...) {
    std::terminate();
  }
}

TEST(DieClearlyTest, AnExceptionEndsTheProcessWithItsText) {
  EXPECT_EXIT(TerminateWith(std::runtime_error("no thread")), testing::ExitedWithCode(kDied),
              "^zoobar: fatal: exception: no thread\n$");
  EXPECT_EXIT(TerminateWith(std::bad_alloc()), testing::ExitedWithCode(kDied), "^zoobar: fatal: out of memory\n$");
}

TEST(DieClearlyTest, ALibraryThatGivesUpEndsTheProcessWithItsName) {
  const auto give_up = [] {
    DieClearly();
    std::abort();
  };
  EXPECT_EXIT(give_up(), testing::ExitedWithCode(kDied), "^zoobar: fatal: ipc_test has called abort\\(\\)\n$");
  EXPECT_EXIT(std::abort(), testing::KilledBySignal(SIGABRT), "");
}

TEST(WriteAllTest, ItWritesEverythingOrSaysWhyNot) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end(ends[0]), write_end(ends[1]);
  EXPECT_TRUE(WriteAll(write_end.get(), "text"));
  EXPECT_TRUE(WriteAll(write_end.get(), ""));
  char bytes[8];
  EXPECT_EQ(read(read_end.get(), bytes, sizeof bytes), 4);
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(WriteAll(full.get(), "text"));
  EXPECT_EQ(errno, ENOSPC);
}

}  // namespace
}  // namespace zoobar
