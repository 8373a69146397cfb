#include "http/target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace zoobar {
namespace {

using std::string_view;

bool IsAlphanumeric(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

bool StartsWithNoCase(string_view text, string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
         });
}

bool IsControl(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }

bool HasDotSegment(string_view path) {
  for (std::size_t at = 0; at < path.size();) {  // `at` is the position of a slash
    const std::size_t next = std::min(path.find('/', at + 1), path.size());
    const string_view segment = path.substr(at + 1, next - at - 1);
    if (segment == "." || segment == "..") return true;
    at = next;
  }
  return false;
}

// Whether the text is *DIGIT (RFC 3986) with a value of at most 65535.
bool IsPort(string_view text) {
  std::uint32_t port = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return false;
    port = port * 10 + static_cast<std::uint32_t>(digit - '0');
    if (port > 65535) return false;
  }
  return true;
}

// Whether the byte is unreserved or sub-delims (RFC 3986, 2.2 and 2.3), without the comma.
bool IsNameByte(char byte) {
  return IsAlphanumeric(byte) || (byte != 0 && std::strchr("-._~!$&'()*+;=", byte) != nullptr);
}

// Whether the text is a reg-name (RFC 3986, 3.2.2) that is not empty. Every IPv4address is a reg-name too.
bool IsName(string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsNameByte(text[i])) continue;
    if (text[i] != '%' || i + 2 >= text.size() || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0) return false;
    i += 2;
  }
  return !text.empty();
}

// Whether the text between brackets is an IPv6address or IPvFuture (RFC 3986, 3.2.2).
bool IsLiteral(string_view text) {
  if (!text.empty() && (text.front() == 'v' || text.front() == 'V')) {
    const std::size_t dot = text.find('.');
    if (dot == string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    const string_view version = text.substr(1, dot - 1), address = text.substr(dot + 1);
    return std::all_of(version.begin(), version.end(), [](char c) { return HexValue(c) >= 0; }) &&
           std::all_of(address.begin(), address.end(), [](char c) { return IsNameByte(c) || c == ':'; });
  }
  char copy[INET6_ADDRSTRLEN];
  in6_addr address;
  if (text.size() >= sizeof(copy) || text.find('\0') != string_view::npos) return false;
  copy[text.copy(copy, text.size())] = '\0';
  return inet_pton(AF_INET6, copy, &address) == 1;
}

}  // namespace

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool IsHost(string_view text) {
  if (text.empty()) return false;
  if (text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == string_view::npos || !IsLiteral(text.substr(1, end - 1))) return false;
    const string_view rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1)));
  }
  const std::size_t colon = text.find(':');
  return IsName(text.substr(0, colon)) && (colon == string_view::npos || IsPort(text.substr(colon + 1)));
}

bool SplitTarget(string_view target, Target* parts) {
  bool escapes = false;
  for (char byte : target) {
    if (byte < 0x21 || byte > 0x7e || byte == '#') return false;
    escapes = escapes || byte == '%';
  }
  *parts = {};
  if (target.empty() || target.front() != '/') {
    std::size_t scheme = 0;
    if (StartsWithNoCase(target, "http://")) scheme = 7;
    if (StartsWithNoCase(target, "https://")) scheme = 8;
    if (scheme == 0) return false;
    target.remove_prefix(scheme);
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    parts->authority = target.substr(0, end);
    if (!IsHost(parts->authority)) return false;  // this also refuses user information, because a host has no "@"
    target.remove_prefix(end);
  }
  const std::size_t question = target.find('?');
  parts->path = target.substr(0, question);
  if (question != string_view::npos) parts->query = target.substr(question + 1);
  parts->has_escapes = escapes && parts->path.find('%') != string_view::npos;
  if (parts->path.empty()) parts->path = "/";
  return true;
}

bool PathIsPlain(string_view path) {
  for (char byte : path) {
    if (IsControl(byte) || byte == '\\' || byte == '%') return false;
  }
  return !path.empty() && path.front() == '/' && !(path.find("/.") != string_view::npos && HasDotSegment(path));
}

bool DecodePath(string_view raw, std::string* path) {
  path->clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '%') {
      path->push_back(raw[i]);
      continue;
    }
    const int high = i + 2 < raw.size() ? HexValue(raw[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(raw[i + 2]) : -1;
    if (low < 0) return false;
    const auto byte = static_cast<char>(high << 4 | low);
    if (byte == '/') return false;
    path->push_back(byte);
    i += 2;
  }
  if (path->empty() || path->front() != '/' || HasDotSegment(*path)) return false;
  return std::none_of(path->begin(), path->end(), [](char byte) { return IsControl(byte) || byte == '\\'; });
}

}  // namespace zoobar
