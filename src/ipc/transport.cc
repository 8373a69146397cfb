#include "ipc/transport.h"

#include <sys/socket.h>

#include <utility>

#include "ipc/descriptors.h"

namespace zoobar {

SocketTransport::SocketTransport(Loop& loop, Fd socket)
    : socket_(std::move(socket)), watch_(loop, socket_.get(), [this](int events) { on_ready(events); }), timer_(loop) {}

void SocketTransport::WakeAfter(Milliseconds time) {
  timer_.Start(time, [this] { on_wake(); });
}

ssize_t SocketTransport::Send(std::string_view bytes, std::span<const int> fds) {
  return SendWithDescriptors(socket_.get(), bytes, fds, MSG_DONTWAIT);
}

ssize_t SocketTransport::Receive(std::span<char> place, std::vector<Fd>& fds, bool& lost) {
  const std::size_t before = fds.size();
  const Received received = ReceivePart(socket_.get(), place, fds, kFdsAtOnce, MSG_DONTWAIT);
  // If kFdsAtOnce descriptors came, the peer sent more than a frame may have. Then FrameStream finds the fault of the
  // peer, and nothing is reported as lost.
  if (received.fds_lost && fds.size() - before < kFdsAtOnce) lost = true;
  return received.count;
}

}  // namespace zoobar
