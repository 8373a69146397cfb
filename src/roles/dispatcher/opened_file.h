// Files that static has opened. The dispatcher checks the descriptor itself and does not trust what static says, because
// static may be compromised.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "ipc/result.h"

namespace zoobar {

// Checks that the descriptor is a regular file that was opened for reading only. An Error says what static sent instead.
// Fills *about, from fstat(2).
Status CheckOpenedFile(int file, struct stat* about);

// Reads the whole file of `size` bytes. Returns nullopt if reading failed or the file is shorter now.
std::optional<std::string> ReadOpenedFile(int file, std::size_t size);

}  // namespace zoobar
