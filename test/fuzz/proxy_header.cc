// The header of the PROXY protocol (src/http/proxy_header.h, proxy_gate.h). The first byte of the input chooses the
// pieces in which the others arrive at a gate.
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/http_owner.h"
#include "fuzz/pieces.h"
#include "fuzz/require.h"
#include "http/proxy_gate.h"
#include "http/proxy_header.h"

namespace zoobar {
namespace {

constexpr std::string_view kStart("\r\n\r\n\0\r\nQUIT\n\x21", 13);

struct Outcome {
  bool named = false;
  IpAddress client;
  std::string rest;  // what the next reader of the socket finds
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome Enter(std::string_view bytes, std::uint8_t seed, bool whole) {
  static auto& loop = *new Loop();
  static const TrustedProxies trusted = *TrustedProxies::Parse(std::vector<std::string>{"192.0.2.0/24"});
  const IpAddress proxy = *IpAddress::Parse("192.0.2.9");
  auto [server, client] = FuzzSocketPair();
  Fd named;
  Outcome outcome;
  {
    ProxyGate gate(loop, 1);
    if (whole && !bytes.empty()) (void)!send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    gate.Enter(proxy, std::move(server), trusted, [&](IpAddress address, Fd socket) {
      outcome.named = true;
      outcome.client = address;
      named = std::move(socket);
    });
    for (Pieces pieces(bytes, seed); !whole && !pieces.done();) {
      const std::string_view piece = pieces.Next();
      if (send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
      loop.RunOnce();
    }
    shutdown(client.get(), SHUT_WR);
    for (int i = 0; i < 3; ++i) loop.RunOnce();
    Require(gate.waiting() == 0 && gate.refused() + outcome.named == 1, "a connection is named or refused, once");
  }
  loop.RunOnce();
  if (!named) return outcome;
  static std::array<char, 65536> block;
  for (ssize_t count; (count = recv(named.get(), block.data(), block.size(), MSG_DONTWAIT)) > 0;)
    outcome.rest.append(block.data(), static_cast<std::size_t>(count));
  return outcome;
}

// A header that a proxy makes for these addresses is read.
void CheckMade(std::string_view bytes) {
  const bool v6 = !bytes.empty() && bytes[0] & 1;
  const std::size_t size = v6 ? 36 : 12;
  std::string addresses(bytes.substr(std::min<std::size_t>(1, bytes.size()), size));
  addresses.resize(size, '\0');
  const std::string header = std::string(kStart) + (v6 ? '\x21' : '\x11') + '\0' + static_cast<char>(size) + addresses;
  const Result<ProxyHeader> read = ProxyHeader::Parse(header);
  Require(read.ok() && read->client.has_value(), "a header is read");
  sockaddr_storage storage{};
  storage.ss_family = v6 ? AF_INET6 : AF_INET;
  if (v6) {
    std::memcpy(&reinterpret_cast<sockaddr_in6&>(storage).sin6_addr, addresses.data(), 16);
  } else {
    std::memcpy(&reinterpret_cast<sockaddr_in&>(storage).sin_addr, addresses.data(), 4);
  }
  Require(*read->client == *IpAddress::Of(storage), "the client is the first address");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  if (size == 0) return 0;
  const std::string_view bytes = InputText(data + 1, size - 1);
  const Result<std::size_t> wanted = ProxyHeader::Size(bytes.substr(0, ProxyHeader::kFixedPart));
  Outcome expected;
  if (wanted.ok()) {
    Require(*wanted >= ProxyHeader::kFixedPart && *wanted <= ProxyHeader::kMost, "the size of a header is bounded");
    const Result<ProxyHeader> header = ProxyHeader::Parse(bytes.substr(0, *wanted));
    Require(!header.ok() || bytes.size() >= *wanted, "a header that is cut off is refused");
    Require(bytes.size() <= *wanted || !ProxyHeader::Parse(bytes).ok(), "bytes behind a header are not part of it");
    if (header.ok()) expected = {true, header->client.value_or(*IpAddress::Parse("192.0.2.9")), ""};
    if (header.ok()) expected.rest = bytes.substr(*wanted);
  }
  Require(Enter(bytes, 0, true) == expected, "the gate reads the header, and no byte behind it");
  Require(Enter(bytes, data[0], false) == expected, "pieces change nothing");
  CheckMade(bytes);
  return 0;
}
