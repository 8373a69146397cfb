#include "ipc/transport.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace zoobar {

SocketTransport::SocketTransport(Loop& loop, Fd socket)
    : socket_(std::move(socket)), watch_(loop, socket_.get(), [this](int events) { on_ready(events); }), timer_(loop) {}

void SocketTransport::WakeAfter(Milliseconds time) {
  timer_.Start(time, [this] { on_wake(); });
}

ssize_t SocketTransport::Send(std::string_view bytes, std::span<const int> fds) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsAtOnce)];
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
  }
  return sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t SocketTransport::Receive(char* place, std::size_t room, std::deque<Fd>& fds, bool& lost) {
  iovec part{place, room};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kFdsAtOnce)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (count < 0) return count;
  std::size_t received = 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t came = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < came; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
    received += came;
  }
  // With the control block full, more came than any frame may carry: that is for the reader of frames to judge.
  if ((message.msg_flags & MSG_CTRUNC) && received < kFdsAtOnce) lost = true;
  return count;
}

}  // namespace zoobar
