// Reads a file that holds one secret as text, for the master and for `zoobar ctl`.
#pragma once

#include <cstddef>
#include <string>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

inline constexpr std::size_t kMaxSecretFile = 4096;  // bytes, without the newline

// Returns the content of the file without the newline at its end, if there is one. All other bytes stay. The memory of
// the result is wiped when it is freed. Returns an Error if the file cannot be read, is empty, or is longer than
// kMaxSecretFile. flags: for open(2), in addition to O_RDONLY and O_CLOEXEC. The master passes O_NOFOLLOW when it reads
// as root. `zoobar ctl` does not, because the operator may name a link or a pipe, such as /dev/fd/63.
Result<Bytes> ReadSecretFile(const std::string& path, int flags = 0);

}  // namespace zoobar
