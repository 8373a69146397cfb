// Sends and receives messages with descriptors over a Unix socket (SCM_RIGHTS in unix(7)), and writes whole texts.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "options.pb.h"

namespace zoobar {

inline constexpr std::size_t kMaxDescriptors = 64;  // the most that one message may bring

// Works as sendmsg(2), with MSG_NOSIGNAL. The caller still owns the descriptors. Fails with EINVAL if there are more
// than kMaxDescriptors.
ssize_t SendWithDescriptors(int socket, std::span<const char> bytes, std::span<const int> fds, int flags = 0);

// Works as recvmsg(2), with MSG_CMSG_CLOEXEC. Appends the descriptors that came to `fds`. If the bytes or the
// descriptors did not fit, the message is lost, and the function returns -1 with errno EMSGSIZE.
ssize_t ReceiveWithDescriptors(int socket, std::span<char> bytes, std::vector<Fd>& fds, int flags = 0);

// The result of ReceivePart, for a caller that continues even if some descriptors were lost.
struct Received {
  ssize_t count;    // as recvmsg(2) returns it
  bool bytes_lost;  // the bytes of a datagram did not all fit
  bool fds_lost;    // `most` was too small, or this process may not open more descriptors
};
// Receives up to `most` descriptors. One more may come, because the kernel rounds up the space for them.
Received ReceivePart(int socket, std::span<char> bytes, std::vector<Fd>& fds, std::size_t most, int flags = 0);

// Whether a descriptor is of this kind, and open for use (not with O_PATH).
bool IsOfKind(int fd, DescriptorKind kind);
// The index of the first descriptor that is not of the kind at its place; fds.size() if there is none. There may be fewer
// descriptors than kinds, but not more.
std::size_t FirstOfOtherKind(const std::vector<Fd>& fds, const std::vector<DescriptorKind>& kinds);

// Writes all bytes to a file, also if the system takes them in several pieces. Returns false on failure; errno then has
// the reason, for example ENOSPC if there was room for only a part.
bool WriteAll(int fd, std::string_view bytes);

}  // namespace zoobar
