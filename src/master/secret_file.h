// Reads a file that holds one secret as text, for the master and for `zoobar ctl`.
#pragma once

#include <cstddef>
#include <string>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

inline constexpr std::size_t kMaxSecretFile = 4096;  // bytes, without the newline

// The content without one newline at its end; nothing else is taken off. The memory is wiped when it is given back. An
// Error when the file cannot be read, is empty, or is longer than kMaxSecretFile. flags: for open(2), beside O_RDONLY
// and O_CLOEXEC. Root passes O_NOFOLLOW. The operator may name a link or a pipe, such as /dev/fd/63.
Result<Bytes> ReadSecretFile(const std::string& path, int flags = 0);

}  // namespace zoobar
