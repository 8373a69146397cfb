// Client addresses: as text, as the key by which connections are counted, and as trusted proxies report them.
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
  static std::optional<IpAddress> Parse(std::string_view text);  // no port, no brackets, no zone
  static std::optional<IpAddress> Of(const sockaddr_storage& address);

  std::string Text() const;  // "127.0.0.1", "2001:db8::1"
  bool is_v4() const;
  // The key by which connections are counted: the whole of an IPv4 address, the first 64 bits of an IPv6 address. A
  // customer usually gets 64 bits.
  IpAddress CapKey() const;
  // Whether the first `bits` bits of both addresses are equal. bits: 0 to 128.
  bool SharesPrefix(const IpAddress& other, int bits) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  std::uint64_t Hash() const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

struct IpAddressHash {
  std::size_t operator()(const IpAddress& address) const { return address.Hash(); }
};

// The proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // entries: addresses ("10.0.0.1") or blocks ("10.0.0.0/8", "fd00::/8"). The Error names the first entry that is
  // neither.
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
    bool secure = false;  // X-Forwarded-Proto: https
  };
  // The client that sent this request over a connection from `peer`. If `peer` is a trusted proxy, this is the last
  // address of X-Forwarded-For that is not a trusted proxy itself. If an entry there cannot be read, the last one that
  // could be read counts, or else `peer`.
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
