// Files that the commands for members read and write.
#pragma once

#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

inline constexpr std::size_t kMostListBytes = 4 << 20;  // of a list of members

// Returns the content of a list. Returns an Error if it is longer than kMostListBytes.
Result<std::string> ReadListFile(const std::string& path);

// Writes a file that does not exist yet and that only its owner can read, and waits until it is on the disk.
Status WriteNewFile(const std::string& path, std::string_view text);

}  // namespace zoobar
