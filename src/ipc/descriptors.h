// Messages with descriptors over a Unix socket: SCM_RIGHTS of unix(7).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <vector>

#include "ipc/fd.h"

namespace zoobar {

inline constexpr std::size_t kMaxDescriptors = 64;  // with one message

// As sendmsg(2), with MSG_NOSIGNAL. The caller keeps the descriptors. EINVAL if there are more than kMaxDescriptors.
ssize_t SendWithDescriptors(int socket, std::span<const char> bytes, std::span<const int> fds, int flags = 0);

// As recvmsg(2), with MSG_CMSG_CLOEXEC. The descriptors that came are appended to `fds`. If the bytes or the
// descriptors did not fit, the message is lost: -1 and EMSGSIZE.
ssize_t ReceiveWithDescriptors(int socket, std::span<char> bytes, std::vector<Fd>& fds, int flags = 0);

// The same for a caller that goes on after some descriptors were lost.
struct Received {
  ssize_t count;    // as recvmsg(2) returns it
  bool bytes_lost;  // of a datagram that did not fit
  bool fds_lost;    // because `most` was too small, or because this process may open no more
};
// Takes about `most` descriptors: the kernel aligns the space for them, so one more may come.
Received ReceivePart(int socket, std::span<char> bytes, std::vector<Fd>& fds, std::size_t most, int flags = 0);

}  // namespace zoobar
