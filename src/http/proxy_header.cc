#include "http/proxy_header.h"

#include <cstring>

#include "ipc/try.h"

namespace zoobar {
namespace {

using std::string_view;

constexpr string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr unsigned kLocal = 0x20, kProxy = 0x21;                 // version 2, with the command
constexpr unsigned kUnknown = 0x00, kTcp4 = 0x11, kTcp6 = 0x21;  // address family and transport
constexpr std::size_t kTcp4Addresses = 12, kTcp6Addresses = 36;  // both addresses, then both ports

unsigned Byte(string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::size_t Number16(string_view bytes, std::size_t at) { return Byte(bytes, at) << 8 | Byte(bytes, at + 1); }

// The source address comes first.
IpAddress SourceOf(string_view addresses, bool v6) {
  sockaddr_storage storage{};
  if (v6) {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, addresses.data(), sizeof(address.sin6_addr));
  } else {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, addresses.data(), sizeof(address.sin_addr));
  }
  return IpAddress::Of(storage).value_or(IpAddress());
}

// Whether the bytes are whole TLVs: a type of one byte, a length of two, and a value of this length.
bool WholeTlvs(string_view bytes) {
  while (!bytes.empty()) {
    if (bytes.size() < 3) return false;
    const std::size_t size = 3 + Number16(bytes, 1);
    if (bytes.size() < size) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace

Result<std::size_t> ProxyHeader::Size(string_view first) {
  if (first.size() < kFixedPart || first.substr(0, kSignature.size()) != kSignature) {
    return Error{"no header of the PROXY protocol, version 2"};
  }
  const unsigned command = Byte(first, 12), family = Byte(first, 13);
  if (command != kLocal && command != kProxy) return Error::Of("PROXY protocol: command 0x{:02x}", command);
  const std::size_t rest = Number16(first, 14);
  if (kFixedPart + rest > kMost) return Error::Of("PROXY protocol: a header is over {} bytes", kMost);
  if (command == kLocal) return kFixedPart + rest;
  if (family != kUnknown && family != kTcp4 && family != kTcp6) {
    return Error::Of("PROXY protocol: family and transport 0x{:02x}", family);
  }
  const std::size_t least = family == kTcp4 ? kTcp4Addresses : family == kTcp6 ? kTcp6Addresses : 0;
  if (rest < least) return Error{"PROXY protocol: the addresses are incomplete"};
  return kFixedPart + rest;
}

Result<ProxyHeader> ProxyHeader::Parse(string_view whole) {
  TRY(const std::size_t size, Size(whole.substr(0, kFixedPart)));
  if (whole.size() != size) return Error{"PROXY protocol: the header is incomplete"};
  const unsigned family = Byte(whole, 13);
  ProxyHeader header;
  // 2.2: after LOCAL, and for a client that the proxy does not know, the rest is skipped and not read.
  if (Byte(whole, 12) == kLocal || family == kUnknown) return header;
  const bool v6 = family == kTcp6;
  const string_view rest = whole.substr(kFixedPart);
  if (!WholeTlvs(rest.substr(v6 ? kTcp6Addresses : kTcp4Addresses))) {
    return Error{"PROXY protocol: the additional data is malformed"};
  }
  header.client = SourceOf(rest, v6);
  return header;
}

}  // namespace zoobar
