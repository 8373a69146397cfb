// How many readers an LMDB environment has that is open in this process.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace zoobar {

// `lock`: the content of lock.mdb. Its table of readers (mdb.c, MDB_reader) follows two cache lines, and has one line for
// each reader: the number of its snapshot, or all ones if it reads nothing now; then the process.
inline int ActiveReaders(std::string_view lock) {
  constexpr std::size_t kLine = 64;
  int active = 0;
  for (std::size_t at = 2 * kLine; at + kLine <= lock.size(); at += kLine) {
    std::uint64_t snapshot = 0;
    std::int32_t process = 0;
    std::memcpy(&snapshot, lock.data() + at, sizeof snapshot);
    std::memcpy(&process, lock.data() + at + sizeof snapshot, sizeof process);
    if (process == getpid() && snapshot != ~std::uint64_t{0}) ++active;
  }
  return active;
}

}  // namespace zoobar
