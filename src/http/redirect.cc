#include "http/redirect.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"

namespace zoobar {
namespace {

using std::string_view;

constexpr std::size_t kLongestName = 253;  // RFC 1035, 2.3.4, without the last dot
constexpr std::uint32_t kHttps = 443;

// Returns the host without its port; empty if a redirect may not lead there. The parser of heads has checked the form
// of the host, and of an address in brackets.
string_view HostToGoTo(string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  host = host.substr(0, host.find(':'));
  const bool plain = std::ranges::all_of(
      host, [](char byte) { return IsLetter(byte) || IsDigit(byte) || byte == '-' || byte == '.' || byte == '_'; });
  return plain && host.size() <= kLongestName ? host : string_view();
}

}  // namespace

Response RedirectToHttps(const RequestHead& head, std::uint32_t port) {
  const string_view host = HostToGoTo(head.host());
  if (host.empty()) {
    return Response::Message(400, ReasonPhrase(400), "This site uses https, and the request names no host to go to.");
  }
  const string_view query = head.query();
  return Response::Redirect(308, fmt::format("https://{}{}{}{}{}", host, port == kHttps ? "" : fmt::format(":{}", port),
                                             head.raw_path(), query.empty() ? "" : "?", query));
}

}  // namespace zoobar
