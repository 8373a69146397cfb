#include "html/plain_text.h"

#include <gumbo.h>

#include <algorithm>
#include <iterator>

#include "html/tree.h"
#include "ipc/ascii.h"

namespace zoobar {
namespace {

constexpr std::string_view kOpen = "<pre>\n", kClose = "</pre>";  // a parser drops the line feed after <pre>

// Returns whether this, between the name of a tag and its end, can be attributes. Python prints "<map object at 0x7f>",
// and compares with "x <b and c> d": words without a value are attributes only if HTML has them.
bool MayBeAttributes(std::string_view text) {
  constexpr std::string_view kWithoutValue[] = {"open",    "reversed", "hidden",    "nowrap",   "noshade",
                                                "compact", "disabled", "checked",   "selected", "controls",
                                                "async",   "defer",    "autofocus", "/"};
  if (text.find('=') != text.npos) return true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(kHtmlBlanks));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty() && std::ranges::find(kWithoutValue, word) == std::end(kWithoutValue)) return false;
  }
  return true;
}

}  // namespace

bool HasHtmlTag(std::string_view text) {
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    std::string_view rest = text.substr(at + 1);
    if (rest.find('>') == rest.npos) return false;  // a parser would drop everything from here on
    if (rest.starts_with('!') || rest.starts_with('?')) return true;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    std::size_t length = 0;
    while (length < rest.size() && (IsLetter(rest[length]) || IsDigit(rest[length]))) ++length;
    if (length == 0 || !IsLetter(rest[0])) continue;
    // A tag's name ends at a blank, '/' or '>'.
    const std::string_view after = rest.substr(length, rest.find('>') - length);
    if (!after.empty() && after[0] != '/' && kHtmlBlanks.find(after[0]) == kHtmlBlanks.npos) continue;
    if (!MayBeAttributes(after)) continue;
    if (gumbo_tag_enum(std::string(rest.substr(0, length)).c_str()) != GUMBO_TAG_UNKNOWN) return true;
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
