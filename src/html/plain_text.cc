#include "html/plain_text.h"

#include <gumbo.h>

namespace zoobar {
namespace {

constexpr std::string_view kOpen = "<pre>\n", kClose = "</pre>";  // a parser drops the line feed after <pre>

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool HasHtmlTag(std::string_view text) {
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    std::string_view rest = text.substr(at + 1);
    if (rest.find('>') == rest.npos) return false;  // a parser would drop everything from here on
    if (rest.starts_with('!') || rest.starts_with('?')) return true;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    std::size_t length = 0;
    while (length < rest.size() && (IsLetter(rest[length]) || (rest[length] >= '0' && rest[length] <= '9'))) ++length;
    if (length == 0 || !IsLetter(rest[0])) continue;
    // A tag's name ends at a blank, '/' or '>'.
    if (length < rest.size() && std::string_view(" \t\n\r\f/>").find(rest[length]) == std::string_view::npos) continue;
    if (gumbo_tagn_enum(rest.data(), static_cast<unsigned>(length)) != GUMBO_TAG_UNKNOWN) return true;
  }
  return false;
}

std::string TextAsHtml(std::string_view text) {
  std::string html(kOpen);
  for (const char c : text) {
    switch (c) {
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      default:
        html += c;
    }
  }
  html += kClose;
  return html;
}

}  // namespace zoobar
