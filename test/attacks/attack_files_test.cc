// The files of attacks: that all of them are tried, and that they try every system call that programs may not make.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cctype>
#include <set>

#include "attacks/attack.h"
#include "confine/calls.h"

namespace zoobar {
namespace {

constexpr const char* kSubjects[] = {"api",      "files", "kernel",    "memory", "network",
                                     "next_run", "page",  "processes", "time"};

TEST(AttackFiles, EveryFolderIsRun) {
  std::set<std::string> folders;
  for (const std::string& path : AllAttacks()) folders.insert(path.substr(0, path.find('/')));
  EXPECT_THAT(folders, testing::ElementsAreArray(kSubjects));
}

// Checks both kinds of machine, on any machine.
TEST(AttackFiles, AnAttackThroughTheGateFor32BitProgramsIsADeniedCallOrAFaultAndNothingElse) {
  for (const char* path : {"kernel/int_80.py", "kernel/compatibility_mode.py"}) {
    const Attack attack = ReadAttack(path);
    ASSERT_EQ(attack.mistake, "") << path;
    ASSERT_EQ(attack.steps.size(), 1u) << path;
    const Step call = On(Gate32::kCall, attack.steps[0]), fault = On(Gate32::kFault, attack.steps[0]);
    EXPECT_EQ(call.expect, "stopped") << path;
    ASSERT_EQ(call.denied.size(), 1u) << path;
    EXPECT_TRUE(call.denied[0].Is("another_architecture's_system_call", 1)) << path;
    EXPECT_TRUE(call.owner_sees.empty()) << path;
    EXPECT_EQ(fault.expect, "failed") << path;
    EXPECT_TRUE(fault.denied.empty()) << path;
    EXPECT_THAT(fault.owner_sees, testing::ElementsAre("signal 11")) << path;
    EXPECT_EQ(fault.output, call.output) << path;
  }
  const Attack other = ReadAttack("kernel/x32.py");
  ASSERT_EQ(other.steps.size(), 1u);
  EXPECT_EQ(On(Gate32::kFault, other.steps[0]).expect, "stopped") << "kernels on all machines accept these numbers";
}

TEST(AttackFiles, EverySystemCallThatProgramsMayNotMakeIsTriedByOne) {
  std::set<int> allowed;
  for (const AnsweredCall& answered : AnsweredCalls()) {  // these are refused too, but not logged
    if (answered.call.compares.empty()) allowed.insert(answered.call.number);
  }
  for (const AllowedCall& call : CallsOf(Calls::kProgram)) allowed.insert(call.number);
  std::set<std::string> tried;
  for (const std::string& path : AllAttacks()) {
    for (const Step& step : ReadAttack(path).steps) {
      for (const Denial& denial : step.denied) tried.insert(denial.names.begin(), denial.names.end());
    }
  }
  for (int number = 0; number <= SYS_set_mempolicy_home_node; ++number) {
    const std::string name = CallName(number);
    const bool is_one = !std::isdigit(static_cast<unsigned char>(name[0]));
    // The kernel's own trampolines make uretprobe. Kernels that have it do not ask filters about it.
    if (name == "uretprobe") continue;
    EXPECT_TRUE(!is_one || allowed.contains(number) || tried.contains(name)) << name;
  }
}

}  // namespace
}  // namespace zoobar
