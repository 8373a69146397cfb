// A run's files: laid out in its root before the program starts, taken back when every process of it is gone.
#pragma once

#include <cstdint>
#include <string_view>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "sandbox.pb.h"

namespace zoobar {

inline constexpr std::size_t kMaxFilePath = 1024;  // bytes

// Whether a path is one that TakeBack makes: relative, of plain parts, not too long.
bool IsPlainPath(std::string_view path);

// Writes the files below the working directory. An Error names the first that could not be written.
Status LayOut(const ProgramFiles& files);

inline constexpr int kMaxDropped = 20;  // named; more are dropped unnamed

// Reads the tree below `root`, to which nobody writes any more: directories and regular files with one link, by openat2
// without following anything, iteratively, within these bounds. Apparent sizes count, in whole pages, so that holes are
// no way around them and what was kept can be laid out again. All else is dropped and named.
Leftovers TakeBack(const Fd& root, std::uint64_t max_bytes, std::uint64_t max_inodes);

}  // namespace zoobar
