#include "web/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/form.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

bool SameHost(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.find("://");
  if (scheme == origin.npos || host.empty()) return false;
  origin.remove_prefix(scheme + 3);
  return std::equal(origin.begin(), origin.end(), host.begin(), host.end(),
                    [](char a, char b) { return ToLower(a) == ToLower(b); });
}

}  // namespace

bool IsCrossSite(const RequestHead& head) {
  if (const auto site = head.Field("sec-fetch-site"); site && *site != "same-origin" && *site != "none") return true;
  const auto origin = head.Field("origin");
  return origin && !SameHost(*origin, head.host());
}

std::string CookieName(std::string_view cookie, bool secure) { return (secure ? "__Host-" : "") + std::string(cookie); }

std::string_view LocalOrHome(std::string_view next) {
  const bool printable = std::all_of(next.begin(), next.end(), [](char byte) { return byte > 0x20 && byte < 0x7f; });
  if (!printable || next.empty() || next[0] != '/') return kHomePath;
  if (next.size() > 1 && (next[1] == '/' || next[1] == '\\')) return kHomePath;
  return next;
}

std::string LoginFor(const RequestHead& head) {
  const bool query = head.method != HttpMethod::kPost && !head.query().empty();
  std::string location = fmt::format("{}?nexturl={}", kLoginPath, Encoded(head.path()));
  if (query) fmt::format_to(std::back_inserter(location), "%3F{}", Encoded(head.query()));
  return location;
}

std::string_view TokenOrNothing(std::string_view cookie) {
  const bool good = cookie.size() <= 64 && std::all_of(cookie.begin(), cookie.end(), [](char byte) {
                      return IsDigit(byte) || IsLetter(byte) || byte == '-' || byte == '_';
                    });
  return good ? cookie : std::string_view();
}

std::string_view FindToken(const RequestHead& head, std::string_view cookie, bool secure) {
  return TokenOrNothing(FindCookie(head, CookieName(cookie, secure)).value_or(""));
}

std::string Encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (char byte : text) {
    const bool plain =
        IsLetter(byte) || IsDigit(byte) || std::string_view("-._~/").find(byte) != std::string_view::npos;
    if (plain) {
      encoded += byte;
    } else {
      encoded += '%';
      encoded += kDigits[static_cast<unsigned char>(byte) >> 4];
      encoded += kDigits[static_cast<unsigned char>(byte) & 15];
    }
  }
  return encoded;
}

}  // namespace zoobar
