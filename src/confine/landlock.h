// Landlock (landlock(7)), with all that the kernel's ABI can restrict: the process reaches only files below the granted
// folders, cannot use TCP, and cannot reach abstract sockets or send signals outside its domain.
#pragma once

#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// The ABI of the kernel's Landlock; 0 if the kernel has none.
int LandlockAbi();

enum class LandlockUse {
  kRead,   // read files and directories
  kStore,  // also write, create and remove regular files
  kHome,   // also create and remove directories and symbolic links, and move files; never devices, sockets, FIFOs or
           // executing
};
struct LandlockFolder {
  std::string path;
  LandlockUse use;
};

// Restricts this thread and its children to these folders. Needs no_new_privs. Without Landlock it is an Error: even
// Linux 6.1 has ABI 2.
Status RestrictWithLandlock(const std::vector<LandlockFolder>& folders);

}  // namespace zoobar
