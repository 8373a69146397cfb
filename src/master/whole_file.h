// Small files of root's that are replaced as a whole.
#pragma once

#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

// Replaces the content of the file, and flushes it to the disk. A reader sees either the old or the new content, never a
// part. The file's name is not flushed: after a loss of power, the old content may be there.
Status WriteWhole(const std::string& path, std::string_view text);

}  // namespace zoobar
