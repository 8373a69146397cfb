// A run's files. They are laid out in its root before the program starts, and taken back when all processes of the run
// are gone.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "sandbox.pb.h"

namespace zoobar {

inline constexpr std::size_t kMaxFilePath = 1024;  // bytes

// Whether TakeBack could have made this path: it is UTF-8, relative, not too long, and has no empty part, "." or "..".
bool IsPlainPath(std::string_view path);

// Writes the files below the working directory. An Error names the first file that could not be written.
Status LayOut(const ProgramFiles& files);

inline constexpr int kMaxDropped = 20;  // so many dropped files are named

// Reads directories and regular files with one link from the tree below `root`. Nobody may write to the tree any more.
// It uses openat2, follows no links, and does not recurse. Sizes count as they appear, in whole pages: a file with
// holes counts in full, so that everything that is kept can be laid out again within the same bounds. All other files
// are dropped, and the result names them.
Leftovers TakeBack(const Fd& root, std::uint64_t max_bytes, std::uint64_t max_inodes);

}  // namespace zoobar
