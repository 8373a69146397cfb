// A round of calls that admin makes at the same time, and waits for together.
#pragma once

#include "ipc/task.h"

namespace zoobar {

struct Round {
  int pending = 1;  // replies that have not arrived, and 1 more while requests are still being sent
  Promised<bool> complete;

  // Must be called once for each reply.
  void End() {
    if (--pending == 0) complete.Set(true);
  }
};

}  // namespace zoobar
