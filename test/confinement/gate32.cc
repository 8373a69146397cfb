#include "confinement/gate32.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace zoobar {
namespace {

constexpr long kGetpidOfI386 = 20;

Gate32 AskMachine() {
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_DUMPABLE, 0);  // a fault is an expected answer: no core file
    long answer = kGetpidOfI386;
    __asm__ volatile("int $0x80" : "+a"(answer) : : "memory", "r8", "r9", "r10", "r11");
    _exit(0);  // whatever the answer is, there was a call
  }
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid) {
    ADD_FAILURE() << "no process to ask about int 0x80";
    return Gate32::kCall;
  }
  const std::optional<Gate32> told = GateToldBy(status);
  if (!told) ADD_FAILURE() << "int 0x80 ended a process in no known way: status " << status;
  return told.value_or(Gate32::kCall);
}

}  // namespace

std::optional<Gate32> GateToldBy(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Gate32::kCall;
  // A filter of the container around the tests may kill for this call. So there is a gate.
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) return Gate32::kCall;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) return Gate32::kFault;
  return std::nullopt;
}

Gate32 GateOfThisMachine() {
  static const Gate32 gate = AskMachine();
  return gate;
}

}  // namespace zoobar
