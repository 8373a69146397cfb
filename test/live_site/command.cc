#include "live_site/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "ipc/fd.h"

namespace zoobar {

std::string ZoobarBinary() {
  const char* other = std::getenv("ZOOBAR_BINARY");
  return other ? other : ZOOBAR_BINARY;
}

int ExitStatus(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

void Become(std::vector<std::string> command, int output, const std::function<void()>& prepare) {
  std::vector<char*> pointers;
  pointers.reserve(command.size() + 1);
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  prepare();
  execv(pointers[0], pointers.data());
  _exit(127);
}

Ended Execute(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {ZoobarBinary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return ExecuteProgram(std::move(command));
}

Ended ExecuteProgram(std::vector<std::string> command, std::chrono::seconds patience) {
  using Clock = std::chrono::steady_clock;
  command.insert(command.begin(), "/usr/bin/env");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  Fd reading(ends[0]), writing(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    // Not the terminal of whoever runs the tests, at which a command would ask.
    Become(command, writing.get(), [] { dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO); });
  }
  writing.Close();
  Ended ended;
  const auto until = Clock::now() + patience;
  for (char buffer[4096];;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd wait{reading.get(), POLLIN, 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) <= 0) {
      kill(pid, SIGKILL);
      break;
    }
    const ssize_t count = read(reading.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    ended.output.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  ended.status = ExitStatus(status);
  return ended;
}

}  // namespace zoobar
