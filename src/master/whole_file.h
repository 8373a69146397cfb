// Small files of root's that are replaced as a whole.
#pragma once

#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

// Replaces the content of the file, and flushes it and its name to the disk. A reader sees either the old or the new
// content, never a part; and after a loss of power, too. When this has returned, it is the new one.
Status WriteWhole(const std::string& path, std::string_view text);

}  // namespace zoobar
