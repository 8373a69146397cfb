// Makes headers of the PROXY protocol, for tests.
#pragma once

#include <arpa/inet.h>

#include <string>
#include <string_view>

namespace zoobar {

using namespace std::string_literals;

// command and family: bytes 13 and 14 of the header. rest: what follows the length.
inline std::string RawProxyHeader(int command, int family, std::string_view rest) {
  return "\r\n\r\n\0\r\nQUIT\n"s + static_cast<char>(command) + static_cast<char>(family) +
         static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size() & 0xff) + std::string(rest);
}

// The addresses and ports of a connection from this client.
inline std::string AddressesFor(const std::string& client) {
  char bytes[16];
  const bool v6 = client.find(':') != std::string::npos;
  const std::size_t size = v6 ? 16 : 4;
  inet_pton(v6 ? AF_INET6 : AF_INET, client.c_str(), bytes);
  return std::string(bytes, size) + std::string(size, '\x01') + "\x30\x39\x00\x50"s;
}

inline std::string ProxyHeaderFor(const std::string& client) {
  return RawProxyHeader(0x21, client.find(':') != std::string::npos ? 0x21 : 0x11, AddressesFor(client));
}

}  // namespace zoobar
