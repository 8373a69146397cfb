#include "ipc/principal.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxText = 64;
constexpr std::size_t kNetworkBytes = 8;  // the part of an IPv6 address that names its network: a /64
// The beginning of an IPv4-mapped address (RFC 4291, section 2.5.5.2).
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::string NetworkOf(std::string_view address) {
  const std::string text(CutUtf8(address, kMaxText));
  std::array<std::uint8_t, 16> bytes;
  if (text.find(':') == text.npos || text.find('\0') != text.npos ||
      inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
    return text;
  char shown[INET6_ADDRSTRLEN];
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    return inet_ntop(AF_INET, bytes.data() + kMapped.size(), shown, sizeof shown);
  }
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), std::uint8_t{0});
  return std::string(inet_ntop(AF_INET6, bytes.data(), shown, sizeof shown)) + "/64";
}

std::string MemberPrincipal(std::string_view member) { return "m" + std::string(member); }
std::string AddressPrincipal(std::string_view address) { return "a" + NetworkOf(address); }

}  // namespace zoobar
