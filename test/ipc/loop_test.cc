#include "ipc/loop.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <vector>

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

// libuv may go on polling for events that the owner does not want any more.
class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    watch_.emplace(loop_, pair_.second.get(), [this](int events) { told_.push_back(events); });
  }
  // What the owner is told in some turns of the loop.
  std::vector<int> Told() {
    told_.clear();
    for (int i = 0; i < 5; ++i) loop_.RunOnce();
    return told_;
  }

  Loop loop_;
  std::pair<Fd, Fd> pair_ = Connected();
  std::vector<int> told_;
  std::optional<Watch> watch_;
};

TEST_F(WatchTest, TellsOnlyOfWhatWasSetLast) {
  const std::vector<int> readable(5, UV_READABLE), writable(5, UV_WRITABLE), nothing;
  watch_->Set(UV_READABLE);
  EXPECT_EQ(Told(), nothing);
  ASSERT_EQ(send(pair_.first.get(), "x", 1, 0), 1);
  EXPECT_EQ(Told(), readable);
  watch_->Set(UV_DISCONNECT);
  EXPECT_EQ(Told(), nothing);
  watch_->Set(UV_READABLE);
  EXPECT_EQ(Told(), readable);
  watch_->Set(UV_WRITABLE);
  EXPECT_EQ(Told(), writable);
  watch_->Set(UV_READABLE | UV_WRITABLE);
  EXPECT_EQ(Told(), std::vector<int>(5, UV_READABLE | UV_WRITABLE));
  watch_->Set(0);
  EXPECT_EQ(Told(), nothing);
  watch_->Set(UV_READABLE);
  EXPECT_EQ(Told(), readable);
}

TEST_F(WatchTest, TellsOfTheEndToWhoWantsToKnow) {
  watch_->Set(UV_READABLE);
  EXPECT_EQ(Told(), std::vector<int>());
  watch_->Set(UV_DISCONNECT);  // without a turn of the loop after it
  ASSERT_EQ(send(pair_.first.get(), "x", 1, 0), 1);
  pair_.first.Close();
  EXPECT_EQ(Told(), std::vector<int>(5, UV_DISCONNECT));
  watch_->Set(UV_READABLE);
  EXPECT_EQ(Told(), std::vector<int>(5, UV_READABLE));
}

TEST_F(WatchTest, PollsForNothingThatItsOwnerNeverHears) {
  watch_->Set(UV_READABLE);
  ASSERT_EQ(send(pair_.first.get(), "x", 1, 0), 1);
  watch_->Set(UV_DISCONNECT);
  Told();
  // What is readable must not wake the loop again.
  EXPECT_EQ(uv_backend_timeout(loop_.uv()), -1);
  pollfd backend{uv_backend_fd(loop_.uv()), POLLIN, 0};
  EXPECT_EQ(poll(&backend, 1, 0), 0);
}

}  // namespace
}  // namespace zoobar
