// Writing a file that must not be there yet, and that only its owner can read.
#pragma once

#include <string>
#include <string_view>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Makes the file, for writing. Returns an Error if it exists, also as a link.
Result<Fd> NewFile(const std::string& path);

// Writes the whole text, and waits until it and the file's name are on the disk. path: of the file.
Status WriteTo(const Fd& file, const std::string& path, std::string_view text);

}  // namespace zoobar
