#include "html/cpu_limit.h"

#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {
namespace {

// A signal handler may call only functions that are async-signal-safe, such as write and _exit.
void End(int) {
  constexpr std::string_view kWhy = "zoobar: a document used up its CPU limit; this process ends\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kWhy.data(), kWhy.size());
  _exit(kCpuLimitExit);
}

void Arm(std::chrono::milliseconds cpu) {
  itimerval timer{};
  timer.it_value.tv_sec = cpu.count() / 1000;
  timer.it_value.tv_usec = cpu.count() % 1000 * 1000;
  if (setitimer(ITIMER_PROF, &timer, nullptr) != 0) Die("setitimer");
}

}  // namespace

CpuLimit::CpuLimit(std::chrono::milliseconds cpu) {
  // SIGPROF gets a handler instead of the default action, because this process may be the init process of a pid
  // namespace. An init process ignores signals for which it has no handler.
  struct sigaction action{};
  action.sa_handler = End;
  if (sigaction(SIGPROF, &action, nullptr) != 0) Die("sigaction");
  Arm(cpu);
}

CpuLimit::~CpuLimit() { Arm(std::chrono::milliseconds(0)); }

}  // namespace zoobar
