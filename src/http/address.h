// The IP addresses of clients. They are read from sockets, from text and from X-Forwarded-For. Connections are counted
// per address.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"
#include "ipc/result.h"

namespace zoobar {

// An IPv4 or IPv6 address. An IPv4 address is kept as its IPv4-mapped IPv6 address, so both spellings are equal.
class IpAddress {
 public:
  IpAddress() = default;
  static std::optional<IpAddress> Parse(std::string_view text);  // refuses a port, brackets or a zone
  static std::optional<IpAddress> Of(const sockaddr_storage& address);

  std::string Text() const;  // "127.0.0.1", "2001:db8::1"
  bool is_v4() const;
  // Returns the key by which the connections of one client are counted. For IPv4, the key is the whole address. For
  // IPv6, it is the first 64 bits, because a customer of an internet provider usually gets a whole /64 network.
  IpAddress CapKey() const;
  // Whether the first `bits` bits of both addresses are equal. `bits` is 0 to 128.
  bool SharesPrefix(const IpAddress& other, int bits) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  std::uint64_t Hash() const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

struct IpAddressHash {
  std::size_t operator()(const IpAddress& address) const { return address.Hash(); }
};

// The proxies that the operator trusts. X-Forwarded-For and X-Forwarded-Proto are read only if a trusted proxy sent
// them.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // `entries` are addresses ("10.0.0.1") or blocks ("10.0.0.0/8", "fd00::/8"). Returns an Error that names the first
  // entry that is neither an address nor a block.
  template <typename List>
  static Result<TrustedProxies> Parse(const List& entries) {
    TrustedProxies proxies;
    for (const auto& entry : entries) {
      if (!proxies.Add(entry)) return Error::Of("trusted_proxies: '{}' is neither an address nor a block", entry);
    }
    return proxies;
  }

  bool empty() const { return blocks_.empty(); }
  bool Trusts(const IpAddress& address) const;

  struct Client {
    IpAddress address;
    bool secure = false;  // the proxy sent "X-Forwarded-Proto: https"
  };
  // Finds the client that sent this request over a connection from `peer`. If `peer` is not a trusted proxy, it is the
  // client. Otherwise the entries of X-Forwarded-For are read from the last to the first, and the client is the first
  // address found that is not a trusted proxy. If an entry cannot be read, the client is the entry read before it, or
  // `peer` if there was none.
  Client ClientOf(const IpAddress& peer, const RequestHead& head) const;

 private:
  bool Add(std::string_view entry);

  struct Block {
    IpAddress address;
    int bits;
  };
  std::vector<Block> blocks_;
};

}  // namespace zoobar
