// Restricts a process with Landlock (landlock(7)), as far as the version of the kernel's Landlock (its ABI) can. The
// process reaches only files below the granted folders. From ABI 4 on, it cannot use TCP. From ABI 6 on, it cannot
// reach abstract sockets or send signals outside its Landlock domain.
#pragma once

#include <string>
#include <vector>

#include "ipc/result.h"

namespace zoobar {

// Returns the ABI version of the kernel's Landlock, or 0 if there is none, or none that this process may use.
int LandlockAbi();
// If LandlockAbi returns 0: says why, and what the operator can do.
struct NoLandlock {
  std::string why, remedy;
};
NoLandlock WhyNoLandlock();

enum class LandlockUse {
  kRead,   // read files and directories
  kStore,  // all of kRead, and write, create and remove regular files
  kHome,   // all of kStore, and create and remove directories and symbolic links, and move files. Devices, sockets and
           // FIFOs cannot be made, and files cannot be executed
};
struct LandlockFolder {
  std::string path;
  LandlockUse use;
};

// Restricts this thread, and the children that it starts, to these folders. no_new_privs must be set first. Returns an
// Error if there is no Landlock. Linux 6.1, the oldest kernel that we support, has it (ABI 2).
Status RestrictWithLandlock(const std::vector<LandlockFolder>& folders);

}  // namespace zoobar
