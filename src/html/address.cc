#include "html/address.h"

#include <algorithm>

#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxLink = 2048;

// Removes C0 controls and blanks at both ends, as URL parsers do. People leave such blanks there by mistake.
std::string_view Trimmed(std::string_view text) {
  const auto outer = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && outer(text.front())) text.remove_prefix(1);
  while (!text.empty() && outer(text.back())) text.remove_suffix(1);
  return text;
}

// URL parsers remove controls and blanks inside an address and turn a backslash into a slash. So an address that
// contains one of these characters is refused. Quotes and angle brackets are refused because they do not belong in an
// address.
bool PlainCharacters(std::string_view text) {
  constexpr std::string_view kRefused = "\\\"<>`";
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    if (!next.valid || next.code <= 0x20 || (next.code >= 0x7F && next.code <= 0xA0)) return false;
    if (next.length == 1 && kRefused.find(text[0]) != kRefused.npos) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

// Whether the text after the scheme is "//host[:port][/...]". If the slashes are missing, a browser may read the text
// as a path on this site.
bool HasHost(std::string_view rest) {
  if (!rest.starts_with("//")) return false;
  rest.remove_prefix(2);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return !authority.empty() && authority.front() != ':' && authority.find('@') == authority.npos;
}

bool IsRecipient(std::string_view rest) {
  return rest.find('@') != rest.npos && rest.find_first_of("?#/%,;") == rest.npos;
}

}  // namespace

std::optional<std::string> LinkAddress(std::string_view value) {
  value = Trimmed(value);
  const std::size_t colon = value.find(':');
  if (value.size() > kMaxLink || colon == value.npos || !PlainCharacters(value)) return {};
  const std::string scheme = LowerCase(value.substr(0, colon));
  const std::string_view rest = value.substr(colon + 1);
  const bool allowed = scheme == "http" || scheme == "https" ? HasHost(rest) : scheme == "mailto" && IsRecipient(rest);
  if (!allowed) return {};
  return scheme + ":" + std::string(rest);
}

}  // namespace zoobar
