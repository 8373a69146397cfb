// For the tests of the stores: a way to wait for a task, and a child process that can be killed.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "ipc/loop.h"
#include "ipc/result.h"
#include "ipc/task.h"
#include "live_site/temporary_directory.h"

namespace zoobar {

template <typename T>
Task<void> KeepAndStop(Loop& loop, Task<T> task, std::optional<T>* value) {
  value->emplace(co_await task);
  loop.Stop();
}

// Runs the loop until the task has ended.
template <typename T>
T WaitFor(Loop& loop, Task<T> task) {
  std::optional<T> value;
  Spawn(KeepAndStop(loop, std::move(task), &value));
  while (!value) loop.Run();
  return std::move(*value);
}

// A child process that executes `work`. It ends by itself, with the exit code that `work` returns, or the test kills
// it.
class Child {
 public:
  explicit Child(const std::function<int()>& work) : pid_(fork()) {
    if (pid_ < 0) Die(Error::FromErrno("fork").text);
    if (pid_ == 0) _exit(work());
  }
  ~Child() {
    if (pid_ > 0) Kill();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void Kill() {
    kill(pid_, SIGKILL);
    Wait();
  }
  // Its exit code; -1 if a signal ended it.
  int Wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_;
};

}  // namespace zoobar
