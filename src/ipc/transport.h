// What a channel needs of the world outside it: a stream of bytes with descriptors, readiness, and time.
// SocketTransport is the real one; tests put a simulated one in its place.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "ipc/fd.h"
#include "ipc/loop.h"

namespace zoobar {

class Transport {
 public:
  virtual ~Transport() = default;

  // What the owner is told. Set once, before anything else. Neither is called from inside a call of the transport.
  std::function<void(int events)> on_ready;  // UV_READABLE, UV_WRITABLE
  std::function<void()> on_wake;

  // As send(2): how many of `bytes` were taken, or -1 and errno. The descriptors travel with the first byte; they are
  // sent if at least one byte was. Never blocks.
  virtual ssize_t Send(std::string_view bytes, std::span<const int> fds) = 0;
  // As recv(2). Descriptors that came are appended to `fds`. `lost` becomes true if some of them could not be received
  // because this process may hold no more.
  virtual ssize_t Receive(char* place, std::size_t room, std::deque<Fd>& fds, bool& lost) = 0;
  // Which events are to be told, until the next call.
  virtual void Want(int events) = 0;
  // Calls on_wake once after this time. Replaces an earlier request.
  virtual void WakeAfter(Milliseconds time) = 0;
  // Monotonic microseconds; the same clock at both ends.
  virtual std::int64_t Now() const = 0;
};

// Over a connected SOCK_STREAM unix socket.
class SocketTransport : public Transport {
 public:
  // Descriptors in one message: what one frame may carry, and one more so that a surplus is seen.
  static constexpr std::size_t kFdsAtOnce = 5;

  SocketTransport(Loop& loop, Fd socket);

  ssize_t Send(std::string_view bytes, std::span<const int> fds) override;
  ssize_t Receive(char* place, std::size_t room, std::deque<Fd>& fds, bool& lost) override;
  void Want(int events) override { watch_.Set(events); }
  void WakeAfter(Milliseconds time) override;
  std::int64_t Now() const override { return MonotonicMicros(); }

 private:
  Fd socket_;
  Watch watch_;
  Timer timer_;
};

}  // namespace zoobar
