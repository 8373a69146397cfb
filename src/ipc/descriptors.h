// Bytes that carry descriptors over a Unix socket: SCM_RIGHTS of unix(7).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

inline constexpr std::size_t kMaxDescriptors = 64;  // with one message

// As sendmsg(2), with MSG_NOSIGNAL. The descriptors stay the caller's. EINVAL for more than kMaxDescriptors.
ssize_t SendWithDescriptors(int socket, std::span<const char> bytes, std::span<const int> fds, int flags = 0);

// As recvmsg(2), with MSG_CMSG_CLOEXEC: what came is appended to `fds`. A message whose bytes or descriptors did not
// fit is lost: -1 and EMSGSIZE.
ssize_t ReceiveWithDescriptors(int socket, std::span<char> bytes, std::vector<Fd>& fds, int flags = 0);

}  // namespace zoobar
