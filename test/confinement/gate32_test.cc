// Tests that use `int 0x80` first ask what this machine does with it. Both answers are understood, and any other end of
// the process is not taken for one of them.
#include "confinement/gate32.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace zoobar {
namespace {

// The wait status of a child process that calls `act`.
int StatusOf(const std::function<void()>& act) {
  const pid_t pid = fork();
  if (pid == 0) {
    act();
    _exit(0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

void RaiseFor(int signal_number) {
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

TEST(Gate32Test, AProcessThatComesBackMadeACall) {
  EXPECT_EQ(GateToldBy(StatusOf([] {})), Gate32::kCall);
}

TEST(Gate32Test, AProcessThatAFilterKilledMadeACall) {
  EXPECT_EQ(GateToldBy(StatusOf([] { RaiseFor(SIGSYS); })), Gate32::kCall);
}

TEST(Gate32Test, AProcessThatFaultedMadeNoCall) {
  EXPECT_EQ(GateToldBy(StatusOf([] { RaiseFor(SIGSEGV); })), Gate32::kFault);
}

TEST(Gate32Test, AnyOtherEndTellsNothing) {
  EXPECT_EQ(GateToldBy(StatusOf([] { RaiseFor(SIGKILL); })), std::nullopt);
  EXPECT_EQ(GateToldBy(StatusOf([] { RaiseFor(SIGILL); })), std::nullopt);
  EXPECT_EQ(GateToldBy(StatusOf([] { _exit(1); })), std::nullopt);
}

TEST(Gate32Test, ThisMachineIsOneOfTheTwoAndAlwaysTheSame) {
  const Gate32 gate = GateOfThisMachine();
  EXPECT_TRUE(gate == Gate32::kCall || gate == Gate32::kFault);
  EXPECT_EQ(GateOfThisMachine(), gate);
}

}  // namespace
}  // namespace zoobar
