#include "ipc/descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace zoobar {

ssize_t SendWithDescriptors(int socket, std::span<const char> bytes, std::span<const int> fds, int flags) {
  if (fds.size() > kMaxDescriptors) {
    errno = EINVAL;
    return -1;
  }
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  return sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

Received ReceivePart(int socket, std::span<char> bytes, std::vector<Fd>& fds, std::size_t most, int flags) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = CMSG_SPACE(sizeof(int) * std::min(most, kMaxDescriptors));
  const ssize_t count = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  if (count < 0) return {count, false, false};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < arrived; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return {count, (message.msg_flags & MSG_TRUNC) != 0, (message.msg_flags & MSG_CTRUNC) != 0};
}

ssize_t ReceiveWithDescriptors(int socket, std::span<char> bytes, std::vector<Fd>& fds, int flags) {
  const Received received = ReceivePart(socket, bytes, fds, kMaxDescriptors, flags);
  if (!received.bytes_lost && !received.fds_lost) return received.count;
  errno = EMSGSIZE;
  return -1;
}

bool IsOfKind(int fd, DescriptorKind kind) {
  if (kind == DESCRIPTOR_SOCKET) {
    // Some roles may not call fstat.
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
  }
  struct stat about{};
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_PATH) || fstat(fd, &about) != 0) return false;
  return kind == DESCRIPTOR_PIPE ? S_ISFIFO(about.st_mode) : kind == DESCRIPTOR_FILE && S_ISREG(about.st_mode);
}

std::size_t FirstOfOtherKind(const std::vector<Fd>& fds, const std::vector<DescriptorKind>& kinds) {
  std::size_t i = 0;
  while (i < fds.size() && i < kinds.size() && IsOfKind(fds[i].get(), kinds[i])) ++i;
  return i;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace zoobar
