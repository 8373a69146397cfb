#include "live_site/page_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace zoobar {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kReferences = {
    {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "}, {"&amp;", "&"}}};

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

std::string PageText(std::string_view html) {
  std::string text;
  // A tag separates words, as the blocks of most tags do.
  const auto add = [&text](std::string_view more) {
    for (const char c : more) {
      if (!IsSpace(c)) {
        text += c;
      } else if (!text.empty() && text.back() != ' ') {
        text += ' ';
      }
    }
  };
  while (!html.empty()) {
    if (html.front() == '<') {
      html.remove_prefix(std::min(html.size(), html.find('>')));
      html.remove_prefix(std::min<std::size_t>(html.size(), 1));
      add(" ");
      continue;
    }
    const auto reference =
        std::ranges::find_if(kReferences, [&](const auto& it) { return html.starts_with(it.first); });
    if (reference != kReferences.end()) {
      add(reference->second);
      html.remove_prefix(reference->first.size());
    } else {
      add(html.substr(0, 1));
      html.remove_prefix(1);
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string_view ProfileHtml(std::string_view page) {
  const std::size_t begin = page.find("<div id=\"profile\">");
  if (begin == page.npos) return {};
  return page.substr(begin, page.find("</section>", begin) - begin);
}

std::string ProfileText(std::string_view page) {
  const std::string_view profile = ProfileHtml(page);
  return PageText(profile.empty() ? page : profile);
}

}  // namespace zoobar
