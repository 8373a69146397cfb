#include "html/allow_list.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "html/address.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

constexpr AllowedAttribute kOfAll[] = {
    {"title"},
    {"lang", ValueRule::kWord, 35},
    {"dir", ValueRule::kOneOf, 0, "ltr rtl auto"},
};

constexpr AllowedAttribute kAnchor[] = {{"href", ValueRule::kLink}};
constexpr AllowedAttribute kImage[] = {
    {"src", ValueRule::kPicture},
    {"alt"},
    {"width", ValueRule::kCount, 4096},
    {"height", ValueRule::kCount, 4096},
};
constexpr AllowedAttribute kCell[] = {{"colspan", ValueRule::kCount, 100}, {"rowspan", ValueRule::kCount, 100}};
constexpr AllowedAttribute kHeadCell[] = {
    {"colspan", ValueRule::kCount, 100},
    {"rowspan", ValueRule::kCount, 100},
    {"scope", ValueRule::kOneOf, 0, "row col rowgroup colgroup"},
};
constexpr AllowedAttribute kColumns[] = {{"span", ValueRule::kCount, 100}};
constexpr AllowedAttribute kNumbered[] = {
    {"start", ValueRule::kNumber, 100000},
    {"type", ValueRule::kOneOf, 0, "1 a A i I"},
    {"reversed", ValueRule::kFlag},
};
constexpr AllowedAttribute kItem[] = {{"value", ValueRule::kNumber, 100000}};
constexpr AllowedAttribute kDetails[] = {{"open", ValueRule::kFlag}};
constexpr AllowedAttribute kTime[] = {{"datetime", ValueRule::kWord, 64}};

// Is added to every link that a member wrote. It tells search engines not to count the link, and browsers not to tell
// the linked page where the visitor came from.
constexpr std::string_view kRel = R"( rel="nofollow noopener noreferrer ugc")";

constexpr AllowedElement kElements[] = {
    {GUMBO_TAG_A, "a", kAnchor, "href", kRel},
    {GUMBO_TAG_ABBR, "abbr"},
    {GUMBO_TAG_B, "b"},
    {GUMBO_TAG_BDI, "bdi"},
    {GUMBO_TAG_BDO, "bdo"},
    {GUMBO_TAG_BLOCKQUOTE, "blockquote"},
    {GUMBO_TAG_BR, "br", {}, {}, {}, false},
    {GUMBO_TAG_CAPTION, "caption"},
    {GUMBO_TAG_CITE, "cite"},
    {GUMBO_TAG_CODE, "code"},
    {GUMBO_TAG_COL, "col", kColumns, {}, {}, false},
    {GUMBO_TAG_COLGROUP, "colgroup", kColumns},
    {GUMBO_TAG_DD, "dd"},
    {GUMBO_TAG_DEL, "del"},
    {GUMBO_TAG_DETAILS, "details", kDetails},
    {GUMBO_TAG_DFN, "dfn"},
    {GUMBO_TAG_DIV, "div"},
    {GUMBO_TAG_DL, "dl"},
    {GUMBO_TAG_DT, "dt"},
    {GUMBO_TAG_EM, "em"},
    {GUMBO_TAG_FIGCAPTION, "figcaption"},
    {GUMBO_TAG_FIGURE, "figure"},
    {GUMBO_TAG_H1, "h1"},
    {GUMBO_TAG_H2, "h2"},
    {GUMBO_TAG_H3, "h3"},
    {GUMBO_TAG_H4, "h4"},
    {GUMBO_TAG_H5, "h5"},
    {GUMBO_TAG_H6, "h6"},
    {GUMBO_TAG_HR, "hr", {}, {}, {}, false},
    {GUMBO_TAG_I, "i"},
    {GUMBO_TAG_IMG, "img", kImage, "src", {}, false},
    {GUMBO_TAG_INS, "ins"},
    {GUMBO_TAG_KBD, "kbd"},
    {GUMBO_TAG_LI, "li", kItem},
    {GUMBO_TAG_MARK, "mark"},
    {GUMBO_TAG_OL, "ol", kNumbered},
    {GUMBO_TAG_P, "p"},
    {GUMBO_TAG_PRE, "pre"},
    {GUMBO_TAG_Q, "q"},
    {GUMBO_TAG_RP, "rp"},
    {GUMBO_TAG_RT, "rt"},
    {GUMBO_TAG_RUBY, "ruby"},
    {GUMBO_TAG_S, "s"},
    {GUMBO_TAG_SAMP, "samp"},
    {GUMBO_TAG_SMALL, "small"},
    {GUMBO_TAG_SPAN, "span"},
    {GUMBO_TAG_STRIKE, "strike"},
    {GUMBO_TAG_STRONG, "strong"},
    {GUMBO_TAG_SUB, "sub"},
    {GUMBO_TAG_SUMMARY, "summary"},
    {GUMBO_TAG_SUP, "sup"},
    {GUMBO_TAG_TABLE, "table"},
    {GUMBO_TAG_TBODY, "tbody"},
    {GUMBO_TAG_TD, "td", kCell},
    {GUMBO_TAG_TFOOT, "tfoot"},
    {GUMBO_TAG_TH, "th", kHeadCell},
    {GUMBO_TAG_THEAD, "thead"},
    {GUMBO_TAG_TIME, "time", kTime},
    {GUMBO_TAG_TR, "tr"},
    {GUMBO_TAG_TT, "tt"},
    {GUMBO_TAG_U, "u"},
    {GUMBO_TAG_UL, "ul"},
    {GUMBO_TAG_VAR, "var"},
    {GUMBO_TAG_WBR, "wbr", {}, {}, {}, false},
};

// These elements are removed with their content. The content is not text for a reader, or another parser could take it
// for markup.
constexpr GumboTag kDroppedWhole[] = {
    GUMBO_TAG_APPLET,   GUMBO_TAG_AUDIO,    GUMBO_TAG_CANVAS, GUMBO_TAG_DATALIST, GUMBO_TAG_EMBED,   GUMBO_TAG_FRAMESET,
    GUMBO_TAG_HEAD,     GUMBO_TAG_IFRAME,   GUMBO_TAG_MAP,    GUMBO_TAG_MATH,     GUMBO_TAG_NOEMBED, GUMBO_TAG_NOFRAMES,
    GUMBO_TAG_NOSCRIPT, GUMBO_TAG_OBJECT,   GUMBO_TAG_SCRIPT, GUMBO_TAG_SELECT,   GUMBO_TAG_STYLE,   GUMBO_TAG_SVG,
    GUMBO_TAG_TEMPLATE, GUMBO_TAG_TEXTAREA, GUMBO_TAG_TITLE,  GUMBO_TAG_VIDEO,    GUMBO_TAG_XMP,
};

using Index = std::array<const AllowedElement*, GUMBO_TAG_LAST + 1>;

constexpr Index MakeIndex() {
  Index index{};
  for (const AllowedElement& element : kElements) index[element.tag] = &element;
  return index;
}
constexpr Index kIndex = MakeIndex();

std::optional<std::string> Integer(std::string_view value, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < least || number > most) return {};
  return std::to_string(number);
}

std::optional<std::string> Word(std::string_view value, int most) {
  constexpr std::string_view kMarks = "+-.: ";
  if (value.empty() || value.size() > static_cast<std::size_t>(most)) return {};
  const bool plain =
      std::ranges::all_of(value, [&](char c) { return IsDigit(c) || IsLetter(c) || kMarks.find(c) != kMarks.npos; });
  if (!plain) return {};
  return std::string(value);
}

bool IsChoice(std::string_view value, std::string_view choices) {
  if (value.empty()) return false;
  while (!choices.empty()) {
    const std::string_view word = choices.substr(0, choices.find(' '));
    if (word == value) return true;
    choices.remove_prefix(std::min(choices.size(), word.size() + 1));
  }
  return false;
}

std::optional<std::string> OneOf(std::string_view value, std::string_view choices) {
  if (IsChoice(value, choices)) return std::string(value);
  std::string lower = LowerCase(value);
  if (IsChoice(lower, choices)) return lower;
  return {};
}

}  // namespace

std::span<const AllowedAttribute> AttributesOfAll() { return kOfAll; }

const AllowedElement* FindAllowed(GumboTag tag) { return tag <= GUMBO_TAG_LAST ? kIndex[tag] : nullptr; }

bool DroppedWhole(GumboTag tag) { return std::ranges::find(kDroppedWhole, tag) != std::end(kDroppedWhole); }

std::optional<std::string> AllowedValue(const AllowedAttribute& attribute, std::string_view value) {
  switch (attribute.rule) {
    case ValueRule::kText:
      return std::string(value);
    case ValueRule::kLink:
      return LinkAddress(value);
    case ValueRule::kPicture:
      return {};  // sanitize.cc checks pictures: together they have one budget
    case ValueRule::kCount:
      return Integer(value, 1, attribute.most);
    case ValueRule::kNumber:
      return Integer(value, -attribute.most, attribute.most);
    case ValueRule::kWord:
      return Word(value, attribute.most);
    case ValueRule::kOneOf:
      return OneOf(value, attribute.choices);
    case ValueRule::kFlag:
      return std::string();
  }
  return {};
}

}  // namespace zoobar
