// The header of the PROXY protocol, version 2. A proxy or a load balancer sends it as the first bytes of a connection,
// to say which client it forwards (HAProxy, doc/proxy-protocol.txt, 2.2 to 2.4). The parser is strict. It refuses
// version 1, which is text, and everything that version 2 does not define.
//
// Only the client's address is used. The additional data of a proxy (TLV, 2.2.3 to 2.2.8) is skipped, whatever its
// type. Among it is what the proxy says about TLS (PP2_TYPE_SSL): `secure` comes from this site's own TLS listeners, or
// from the X-Forwarded-Proto of a trusted proxy.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/address.h"
#include "ipc/result.h"

namespace zoobar {

struct ProxyHeader {
  // The sizes, in bytes, of the part that every header has, and of the longest header that is accepted. 536 bytes are
  // enough for what proxies usually add; a client's certificate may need more.
  static constexpr std::size_t kFixedPart = 16, kMost = 4096;

  // The client's address. Not set if the proxy speaks for itself (LOCAL, for example a health check), or does not know
  // the client (AF_UNSPEC). Then the address of the connection's other end counts.
  std::optional<IpAddress> client;

  // Returns the size of the whole header. `first` is its first kFixedPart bytes. The Error says why they are no header.
  static Result<std::size_t> Size(std::string_view first);
  // Reads a whole header, of the size that Size returned.
  static Result<ProxyHeader> Parse(std::string_view whole);
};

}  // namespace zoobar
