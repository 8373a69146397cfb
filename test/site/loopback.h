// A listening socket for a role under test, as the master would pass it.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "ipc/fd.h"

namespace zoobar {

// Listens on a free port of 127.0.0.1, and writes where to `address`. The test fails if that cannot be done.
inline Fd ListenOnLoopback(sockaddr_in& address) {
  constexpr int kBacklog = 512;
  Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener.get(), kBacklog), 0);
  EXPECT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  return listener;
}

}  // namespace zoobar
