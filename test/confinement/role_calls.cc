#include "confinement/role_calls.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "confinement/shared_site.h"
#include "ipc/channel.h"

namespace zoobar {

void DiesOf(Role role, long number, const std::vector<Argument>& arguments, Debugger::Way way) {
  const pid_t pid = SharedSite().ConfinedPid(role);
  ASSERT_GT(pid, 0);
  {
    Debugger debugger(pid);
    const CallResult answer = debugger.Call(number, arguments, way);
    EXPECT_EQ(answer.died_of, SIGSYS) << RoleName(role) << ", call " << number << " returned " << answer.value;
  }
  EXPECT_NE(SharedSite().ConfinedPid(role, pid), pid);
  EXPECT_TRUE(SharedSite().Answers());
}

void FaultsAt(Role role, long number, Debugger::Way way) {
  const pid_t pid = SharedSite().ConfinedPid(role);
  ASSERT_GT(pid, 0);
  {
    Debugger debugger(pid);
    const CallResult answer = debugger.Call(number, {}, way);
    EXPECT_EQ(answer.fault, SIGSEGV) << RoleName(role) << ", call " << number << " returned " << answer.value;
    EXPECT_EQ(answer.died_of, 0) << RoleName(role);
  }
  EXPECT_EQ(SharedSite().ConfinedPid(role), pid);
  EXPECT_TRUE(SharedSite().Answers());
}

long AnswerOf(Debugger& debugger, long number, const std::vector<Argument>& arguments) {
  const CallResult answer = debugger.Call(number, arguments);
  EXPECT_EQ(answer.died_of, 0) << "call " << number;
  EXPECT_EQ(answer.fault, 0) << "call " << number;
  return answer.value;
}

}  // namespace zoobar
