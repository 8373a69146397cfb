// The files of a run. LayOut writes them into the run's root before the program starts. TakeBack reads them again when
// all processes of the run are gone.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "sandbox.pb.h"

namespace zoobar {

inline constexpr std::size_t kMaxFilePath = 1024;  // in bytes

// Returns whether the path is UTF-8, relative, not too long, and has no part that is empty, "." or "..". TakeBack
// returns no other paths.
bool IsPlainPath(std::string_view path);

// Writes the files below the working directory. The Error names the first file that could not be written.
Status LayOut(const ProgramFiles& files);

inline constexpr int kMaxDropped = 20;  // at most this many of the dropped files are named

// Reads all directories, and all regular files that have only one hard link, from the tree below `root`. No process may
// write to the tree any more. The function uses openat2, follows no links, and does not recurse. Each file counts with
// its apparent size in whole pages, even if it has holes. So everything that is kept can be laid out again within the
// same bounds. All other files are dropped, and the result names them.
Leftovers TakeBack(const Fd& root, std::uint64_t max_bytes, std::uint64_t max_inodes);

}  // namespace zoobar
