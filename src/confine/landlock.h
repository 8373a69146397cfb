// Landlock (landlock(7)) by the ABI the kernel has: files below the granted folders alone, no TCP, no abstract sockets
// or signals to the outside. Constants beyond ABI 2 are our own: Debian 12's header stops there.
#pragma once

#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// 0 when the kernel has no Landlock.
int LandlockAbi();

struct LandlockFolder {
  std::string path;
  bool writable;
};

// Applies to this thread and its children; needs no_new_privs. ABI 0 is an Error: kernel 6.1 has 2.
Status RestrictWithLandlock(const std::vector<LandlockFolder>& folders);

}  // namespace zoobar
