// Transport: the interface through which a channel gets a stream of bytes with descriptors, events of readiness, and
// the time. SocketTransport is the real implementation. Tests use a simulated one.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "ipc/loop.h"

namespace zoobar {

class Transport {
 public:
  virtual ~Transport() = default;

  // The functions that the transport calls. The owner sets both once, before it calls any member of the transport. They
  // are never called from inside a member function of the transport.
  std::function<void(int events)> on_ready;  // UV_READABLE, UV_WRITABLE
  std::function<void()> on_wake;

  // Works as send(2): returns how many of `bytes` were sent, or -1 and errno. The descriptors go with the first byte,
  // so they were sent if at least one byte was sent. Never blocks. The caller still owns the descriptors.
  virtual ssize_t Send(std::string_view bytes, std::span<const int> fds) = 0;
  // Works as recv(2). Appends the descriptors that came to `fds`. Sets `lost` to true if some descriptors could not be
  // received because this process may not open more. Never blocks.
  virtual ssize_t Receive(std::span<char> place, std::vector<Fd>& fds, bool& lost) = 0;
  // Sets the events for which on_ready is called, until the next call of Want.
  virtual void Want(int events) = 0;
  // Calls on_wake once, after the duration `time`. Replaces an earlier request.
  virtual void WakeAfter(Milliseconds time) = 0;
  // Returns the time of a monotonic clock in microseconds. Both ends must use the same clock.
  virtual std::int64_t Now() const = 0;
};

// A Transport over a connected SOCK_STREAM unix socket, which it owns.
class SocketTransport : public Transport {
 public:
  // The most descriptors that are received with one message. This is one more than a frame may have, so that too many
  // are noticed.
  static constexpr std::size_t kFdsAtOnce = 5;

  SocketTransport(Loop& loop, Fd socket);

  ssize_t Send(std::string_view bytes, std::span<const int> fds) override;
  ssize_t Receive(std::span<char> place, std::vector<Fd>& fds, bool& lost) override;
  void Want(int events) override { watch_.Set(events); }
  void WakeAfter(Milliseconds time) override;
  std::int64_t Now() const override { return MonotonicMicros(); }

 private:
  Fd socket_;
  Watch watch_;
  Timer timer_;
};

}  // namespace zoobar
