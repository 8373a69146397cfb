// Flushing names to the disk. fsync(2) of a file promises nothing about its name: without these calls a file that was
// made or renamed may be missing after a loss of power, or be the old one again.
#pragma once

#include <string>

#include "ipc/result.h"

namespace zoobar {

// Returns when the names in the folder are on the disk.
Status SyncFolder(const std::string& path);

// The same for the folder in which the file or folder `path` is.
Status SyncFolderOf(const std::string& path);

}  // namespace zoobar
