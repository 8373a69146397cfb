#include "http/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/field_syntax.h"

namespace zoobar {
namespace {

using std::string_view;

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Reads an entry of X-Forwarded-For. Accepts an IPv4 address with or without a port, an IPv6 address, or an IPv6
// address in brackets with or without a port.
std::optional<IpAddress> ParseEntry(string_view entry) {
  entry = TrimBlanks(entry);
  if (!entry.empty() && entry.front() == '[') {
    const std::size_t end = entry.find(']');
    if (end == string_view::npos) return std::nullopt;
    return IpAddress::Parse(entry.substr(1, end - 1));
  }
  if (std::count(entry.begin(), entry.end(), ':') == 1) entry = entry.substr(0, entry.find(':'));
  return IpAddress::Parse(entry);
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(string_view text) {
  char copy[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(copy) || text.find('\0') != string_view::npos) return std::nullopt;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  IpAddress address;
  if (inet_pton(AF_INET6, copy, address.bytes_.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, copy, address.bytes_.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::Of(const sockaddr_storage& socket_address) {
  IpAddress address;
  if (socket_address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(socket_address);
    std::memcpy(address.bytes_.data(), &v6.sin6_addr, 16);
    return address;
  }
  if (socket_address.ss_family != AF_INET) return std::nullopt;
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(socket_address);
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  std::memcpy(address.bytes_.data() + kMapped.size(), &v4.sin_addr, 4);
  return address;
}

bool IpAddress::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

std::string IpAddress::Text() const {
  char text[INET6_ADDRSTRLEN];
  const bool v4 = is_v4();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? kMapped.size() : 0), text, sizeof(text));
  return text;
}

IpAddress IpAddress::CapKey() const {
  IpAddress key = *this;
  if (!is_v4()) std::fill(key.bytes_.begin() + 8, key.bytes_.end(), 0);
  return key;
}

bool IpAddress::SharesPrefix(const IpAddress& other, int bits) const {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole), other.bytes_.begin()))
    return false;
  const int rest = bits % 8;
  return rest == 0 || (bytes_[whole] ^ other.bytes_[whole]) >> (8 - rest) == 0;
}

std::uint64_t IpAddress::Hash() const {
  std::uint64_t high, low;
  std::memcpy(&high, bytes_.data(), 8);
  std::memcpy(&low, bytes_.data() + 8, 8);
  std::uint64_t mixed = (high ^ low * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
  return mixed ^ mixed >> 32;
}

bool TrustedProxies::Add(string_view entry) {
  const std::size_t slash = entry.find('/');
  const std::optional<IpAddress> address = IpAddress::Parse(entry.substr(0, slash));
  if (!address) return false;
  int bits = 128;
  if (slash != string_view::npos) {
    const string_view text = entry.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    const int widest = address->is_v4() ? 32 : 128;
    if (error != std::errc() || end != text.data() + text.size() || bits < 0 || bits > widest) return false;
    if (address->is_v4()) bits += 96;
  }
  blocks_.push_back({*address, bits});
  return true;
}

bool TrustedProxies::Trusts(const IpAddress& address) const {
  return std::any_of(blocks_.begin(), blocks_.end(),
                     [&](const Block& block) { return address.SharesPrefix(block.address, block.bits); });
}

TrustedProxies::Client TrustedProxies::ClientOf(const IpAddress& peer, const RequestHead& head) const {
  Client client{peer, false};
  if (blocks_.empty() || !Trusts(peer)) return client;
  client.secure = EqualsNoCase(head.Field("x-forwarded-proto").value_or(""), "https");
  // Goes from the last entry, which the nearest proxy wrote, back to the first address that is not a trusted proxy.
  for (std::size_t i = head.field_count(); i-- > 0;) {
    if (!EqualsNoCase(head.field_name(i), "x-forwarded-for")) continue;
    string_view rest = head.field_value(i);
    while (true) {
      const std::size_t comma = rest.rfind(',');
      const std::optional<IpAddress> entry = ParseEntry(comma == string_view::npos ? rest : rest.substr(comma + 1));
      if (!entry) return client;
      client.address = *entry;
      if (!Trusts(*entry)) return client;
      if (comma == string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace zoobar
