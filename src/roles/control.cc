#include "roles/control.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace zoobar {

bool SendToRole(const Fd& socket, const ToRole& message, const std::vector<int>& fds) {
  Bytes bytes;  // a Start holds keys
  bytes.resize(message.ByteSizeLong());
  if (bytes.size() > kMaxControlMessage || fds.size() > kMaxControlFds) return false;
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()));
  iovec part{bytes.data(), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxControlFds)];
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  return sendmsg(socket.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
}

Result<std::optional<FromMaster>> ReceiveFromMaster(const Fd& socket) {
  Bytes bytes;
  bytes.resize(kMaxControlMessage);
  iovec part{bytes.data(), bytes.size()};
  msghdr header{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxControlFds)];
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<FromMaster>();
  if (count < 0) return Error::FromErrno("control socket");
  if (count == 0) return Error{"the master is gone"};
  FromMaster from;
  for (cmsghdr* rights = CMSG_FIRSTHDR(&header); rights; rights = CMSG_NXTHDR(&header, rights)) {
    if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t fds = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < fds; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof(int), sizeof fd);
      from.fds.emplace_back(fd);
    }
  }
  if (header.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) return Error{"a message from the master was cut"};
  if (!from.message.ParseFromArray(bytes.data(), static_cast<int>(count))) return Error{"no message of the master's"};
  return std::optional<FromMaster>(std::move(from));
}

}  // namespace zoobar
