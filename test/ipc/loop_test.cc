#include "ipc/loop.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <optional>

#include "ipc/fd.h"

namespace zoobar {
namespace {

// A connected pair of TCP sockets, because unix sockets cannot be reset.
std::pair<Fd, Fd> Connected() {
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener.get(), any, sizeof address), 0);
  EXPECT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(getsockname(listener.get(), any, &size), 0);
  Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(client.get(), any, sizeof address), 0);
  return {std::move(client), Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK))};
}

void Reset(Fd& socket) {
  const linger now{1, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  socket.Close();
}

class WatchAfterReset : public testing::TestWithParam<int> {};

// libuv stops a poll after an error on its descriptor. An owner that still watches must be told again.
TEST_P(WatchAfterReset, IsToldUntilItsOwnerHasMetTheError) {
  Loop loop;
  {
    auto [client, server] = Connected();
    std::optional<Watch> watch;
    int told = 0;
    bool met = false;
    const int asked = GetParam();
    watch.emplace(loop, server.get(), [&](int) {
      if (++told < 3) return watch->Set(asked);  // does not read yet
      char byte;
      met = recv(server.get(), &byte, 1, 0) < 0 && errno == ECONNRESET;
      watch.reset();
    });
    if (asked & UV_WRITABLE) {  // fill the socket, so that it is not writable already
      const std::string block(1 << 20, 'x');
      while (send(server.get(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
      }
    }
    watch->Set(asked);
    Reset(client);
    while (watch) uv_run(loop.uv(), UV_RUN_ONCE);
    EXPECT_TRUE(met);
    EXPECT_EQ(told, 3);
  }
}

INSTANTIATE_TEST_SUITE_P(Asked, WatchAfterReset, testing::Values(UV_READABLE, UV_WRITABLE));

}  // namespace
}  // namespace zoobar
