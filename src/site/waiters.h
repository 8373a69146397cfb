// Tasks that wait for the same event, each for a limited time.
#pragma once

#include <memory>
#include <vector>

#include "ipc/loop.h"
#include "ipc/task.h"

namespace zoobar {

// Must outlive the tasks that wait.
class Waiters {
 public:
  // Waits until WakeAll is called, at most for the duration `patience`. Returns false if that duration ended first.
  Task<bool> Wait(Loop& loop, Milliseconds patience);
  // Each task that waits goes on before this returns. A task that begins to wait meanwhile waits for the next WakeAll.
  void WakeAll();

 private:
  std::vector<std::shared_ptr<Promised<bool>>> waiting_;
};

}  // namespace zoobar
