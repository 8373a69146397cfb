#include "live_site/test_ids.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <string>

namespace zoobar {
namespace {

constexpr std::uint32_t kNobody = 65534;

}  // namespace

TestIds::TestIds(std::uint32_t first) : base_(first - kSize) { TakeNext(); }

void TestIds::TakeNext() {
  do {
    base_ += kSize;
  } while ((base_ <= kNobody && kNobody < base_ + kSize) || !Hold(base_));
}

// Binds a name in the abstract socket namespace: it has one owner, and is free again when the owner ends.
bool TestIds::Hold(std::uint32_t base) {
  const std::string name = "zoobar-test-ids-" + std::to_string(base);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 && errno == EADDRINUSE) return false;
  held_ = std::move(socket);
  return true;
}

}  // namespace zoobar
