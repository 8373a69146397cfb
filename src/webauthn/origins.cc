#include "webauthn/origins.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "text/ascii.h"

namespace zoobar {
namespace {

constexpr std::string_view kHttps = "https://", kLocalhost = "http://localhost";
constexpr std::size_t kMostHost = 253;  // RFC 1035, section 2.3.4, without the length of the root

bool IsDigits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

// A port that is not the usual one of the scheme, in its shortest form.
bool IsPort(std::string_view text, unsigned usual) {
  unsigned port = 0;
  if (!IsDigits(text) || text.size() > 5 || text.front() == '0') return false;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port <= 65535 && port != usual;
}

bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > kMostHost) return false;
  std::string_view last;
  while (true) {
    const std::size_t dot = host.find('.');
    last = host.substr(0, dot);
    const bool good = !last.empty() && last.size() <= 63 && last.front() != '-' && last.back() != '-' &&
                      std::ranges::all_of(last, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
    if (!good) return false;
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  return !IsDigits(last);  // the last label of a name is no number, that of an address is one
}

bool IsLoopback(std::string_view address) { return address == "::1" || address.starts_with("127."); }

}  // namespace

bool IsPasskeyOrigin(std::string_view text) {
  if (text.starts_with(kLocalhost)) {
    const std::string_view rest = text.substr(kLocalhost.size());
    return rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1), 80));
  }
  if (!text.starts_with(kHttps)) return false;
  const std::string_view authority = text.substr(kHttps.size());
  const std::size_t colon = authority.find(':');
  return IsHost(authority.substr(0, colon)) &&
         (colon == std::string_view::npos || IsPort(authority.substr(colon + 1), 443));
}

std::string_view RpIdOf(std::string_view origin) {
  const std::string_view authority = origin.substr(origin.find("://") + 3);
  return authority.substr(0, authority.find(':'));
}

std::vector<std::string> PasskeyOrigins(const Config& config) {
  std::vector<std::string> origins(config.auth().passkeys().origin().begin(), config.auth().passkeys().origin().end());
  for (const Config::Listen& listen : config.listen()) {
    if (listen.tls() || listen.redirect_to_https() || listen.port() == 0 || !IsLoopback(listen.address())) continue;
    std::string origin(kLocalhost);
    if (listen.port() != 80) origin += fmt::format(":{}", listen.port());
    if (std::ranges::find(origins, origin) == origins.end()) origins.push_back(std::move(origin));
  }
  return origins;
}

}  // namespace zoobar
