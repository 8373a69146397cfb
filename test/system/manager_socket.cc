#include "system/manager_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "live_site/eventually.h"

namespace zoobar {

ManagerSocket::ManagerSocket(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path_;
}

std::string ManagerSocket::Receive() {
  char message[512];
  const ssize_t count = recv(socket_.get(), message, sizeof message, MSG_DONTWAIT);
  std::string text(message, count > 0 ? static_cast<std::size_t>(count) : 0);
  if (!text.empty()) told_ += text + "\n";
  return text;
}

std::string ManagerSocket::Next() {
  std::string text;
  Eventually([&] { return !(text = Receive()).empty(); });
  return text;
}

int ManagerSocket::TakeAll() {
  int count = 0;
  while (!Receive().empty()) ++count;
  return count;
}

bool ManagerSocket::IsTold(const std::string& text) {
  return Eventually([&] {
    TakeAll();
    return told_.find(text) != std::string::npos;
  });
}

}  // namespace zoobar
