#include "html/plain_text.h"

#include <gumbo.h>

#include <algorithm>
#include <iterator>

#include "html/tree.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

constexpr std::string_view kOpen = "<pre>\n", kClose = "</pre>";  // a parser drops the line feed after <pre>

constexpr std::string_view kWithoutValue[] = {"open",    "reversed", "hidden",    "nowrap",   "noshade",
                                              "compact", "disabled", "checked",   "selected", "controls",
                                              "async",   "defer",    "autofocus", "/"};
constexpr std::size_t kLongestWithoutValue = 9;
static_assert(std::ranges::all_of(kWithoutValue, [](auto word) { return word.size() <= kLongestWithoutValue; }));

// Returns whether all words of this are attributes that HTML has without a value. Python prints "<map object at 0x7f>",
// and compares with "x <b and c> d". Stops at the first other word, and reads little of it: the text may be long.
bool AreAttributesWithoutValue(std::string_view text) {
  while (!text.empty()) {
    const std::string_view begin = text.substr(0, kLongestWithoutValue + 1);
    const std::string_view word = begin.substr(0, begin.find_first_of(kHtmlBlanks));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty() && std::ranges::find(kWithoutValue, word) == std::end(kWithoutValue)) return false;
  }
  return true;
}

}  // namespace

bool HasHtmlTag(std::string_view text) {
  // Where the next '>' and the next '=' are. They are searched only when they have been passed, so that the time is
  // linear in the length of the text: a program can print thousands of '<' before one '>'.
  std::size_t end = 0, equals = 0;
  for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
    if (end <= at) end = text.find('>', at);
    if (equals <= at) equals = text.find('=', at);
    if (end == text.npos) return false;  // a parser would drop everything from here on
    std::string_view rest = text.substr(at + 1, end - at - 1);
    if (rest.starts_with('!') || rest.starts_with('?')) return true;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    std::size_t length = 0;
    while (length < rest.size() && (IsLetter(rest[length]) || IsDigit(rest[length]))) ++length;
    if (length == 0 || !IsLetter(rest[0])) continue;
    // A tag's name ends at a blank, '/' or '>'.
    const std::string_view after = rest.substr(length);
    if (!after.empty() && after[0] != '/' && kHtmlBlanks.find(after[0]) == kHtmlBlanks.npos) continue;
    if (equals > end && !AreAttributesWithoutValue(after)) continue;
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
