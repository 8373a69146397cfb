// Landlock (landlock(7)) by the ABI the kernel has: files below the granted folders alone, no TCP, no abstract sockets
// or signals to the outside. Constants beyond ABI 2 are our own: Debian 12's header stops there.
#pragma once

#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// 0 when the kernel has no Landlock.
int LandlockAbi();

enum class LandlockUse {
  kRead,   // its files and directories
  kStore,  // and to write, make and remove plain files
  kHome,   // and directories and links, and to move things about; never devices, sockets, FIFOs, or anything executed
};
struct LandlockFolder {
  std::string path;
  LandlockUse use;
};

// Applies to this thread and its children; needs no_new_privs. ABI 0 is an Error: kernel 6.1 has 2.
Status RestrictWithLandlock(const std::vector<LandlockFolder>& folders);

}  // namespace zoobar
