#include "html/svg_allow_list.h"

#include <algorithm>

#include "text/ascii.h"

namespace zoobar::svg {
namespace {

constexpr Attribute kOfAll[] = {
    {"id", Rule::kId},
    {"transform", Rule::kTransform},
    {"fill", Rule::kPaint, true},
    {"fill-opacity", Rule::kPlain, true},
    {"fill-rule", Rule::kPlain, true},
    {"stroke", Rule::kPaint, true},
    {"stroke-width", Rule::kPlain, true},
    {"stroke-linecap", Rule::kPlain, true},
    {"stroke-linejoin", Rule::kPlain, true},
    {"stroke-miterlimit", Rule::kPlain, true},
    {"stroke-opacity", Rule::kPlain, true},
    {"opacity", Rule::kPlain, true},
    {"color", Rule::kPlain, true},
    {"display", Rule::kPlain, true},
    {"visibility", Rule::kPlain, true},
    {"clip-path", Rule::kClip, true},
    {"clip-rule", Rule::kPlain, true},
    {"font-family", Rule::kFont, true},
    {"font-size", Rule::kPlain, true},
    {"font-style", Rule::kPlain, true},
    {"font-weight", Rule::kPlain, true},
    {"text-anchor", Rule::kPlain, true},
    {"dominant-baseline", Rule::kPlain, true},
};

// `width` and `height` of the picture itself are not here, because svg.cc bounds them.
constexpr Attribute kSvg[] = {{"viewBox"}, {"preserveAspectRatio", Rule::kPlain}};
constexpr Attribute kPath[] = {{"d"}};
constexpr Attribute kRectangle[] = {{"x"}, {"y"}, {"width"}, {"height"}, {"rx"}, {"ry"}};
constexpr Attribute kCircle[] = {{"cx"}, {"cy"}, {"r"}};
constexpr Attribute kEllipse[] = {{"cx"}, {"cy"}, {"rx"}, {"ry"}};
constexpr Attribute kLine[] = {{"x1"}, {"y1"}, {"x2"}, {"y2"}};
constexpr Attribute kPoints[] = {{"points"}};
constexpr Attribute kText[] = {{"x"}, {"y"}, {"dx"}, {"dy"}, {"rotate"}};
constexpr Attribute kUse[] = {{"href", Rule::kReference}, {"x"}, {"y"}};
constexpr Attribute kClipPath[] = {{"clipPathUnits", Rule::kPlain}};
constexpr Attribute kLinear[] = {
    {"x1"},
    {"y1"},
    {"x2"},
    {"y2"},
    {"gradientUnits", Rule::kPlain},
    {"gradientTransform", Rule::kTransform},
    {"spreadMethod", Rule::kPlain},
};
constexpr Attribute kRadial[] = {
    {"cx"},
    {"cy"},
    {"r"},
    {"fx"},
    {"fy"},
    {"gradientUnits", Rule::kPlain},
    {"gradientTransform", Rule::kTransform},
    {"spreadMethod", Rule::kPlain},
};
constexpr Attribute kStop[] = {{"offset"}, {"stop-color", Rule::kPlain, true}, {"stop-opacity", Rule::kPlain, true}};

constexpr Element kElements[] = {
    {"svg", kSvg},
    {"g"},
    {"defs"},
    {"path", kPath},
    {"rect", kRectangle},
    {"circle", kCircle},
    {"ellipse", kEllipse},
    {"line", kLine},
    {"polyline", kPoints},
    {"polygon", kPoints},
    {"text", kText, true},
    {"tspan", kText, true},
    {"title", {}, true},
    {"desc", {}, true},
    {"use", kUse},
    {"clipPath", kClipPath},
    {"linearGradient", kLinear},
    {"radialGradient", kRadial},
    {"stop", kStop},
};

constexpr std::size_t kMaxId = 64;

// Returns whether the text has only ASCII letters, digits, blanks and these marks.
bool HasOnly(std::string_view text, std::string_view marks) {
  return std::ranges::all_of(text, [marks](char c) {
    return IsLetter(c) || IsDigit(c) || c == ' ' || c == '\n' || c == '\t' || marks.find(c) != marks.npos;
  });
}

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > kMaxId || (!IsLetter(text[0]) && text[0] != '_')) return false;
  return std::ranges::all_of(text,
                             [](char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '.'; });
}

// Returns whether each `(` in the text follows one of these names of functions.
bool CallsOnly(std::string_view text, std::span<const std::string_view> functions) {
  for (std::size_t at = text.find('('); at != text.npos; at = text.find('(', at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && IsLetter(text[begin - 1])) --begin;
    if (std::ranges::find(functions, text.substr(begin, at - begin)) == functions.end()) return false;
  }
  return true;
}

bool IsPlain(std::string_view text) {
  static constexpr std::string_view kColours[] = {"rgb", "rgba", "hsl", "hsla"};
  return HasOnly(text, "#%.,()+-") && CallsOnly(text, kColours);
}

bool IsTransform(std::string_view text) {
  static constexpr std::string_view kFunctions[] = {"matrix", "translate", "scale", "rotate", "skewX", "skewY"};
  return HasOnly(text, ".,()+-") && CallsOnly(text, kFunctions);
}

}  // namespace

std::span<const Attribute> AttributesOfAll() { return kOfAll; }

const Element* FindElement(std::string_view name) {
  const auto found = std::ranges::find_if(
      kElements, [name](const Element& element) { return EqualsIgnoringCase(element.name, name); });
  return found == std::end(kElements) ? nullptr : &*found;
}

std::optional<std::string> AllowedValue(Rule rule, std::string_view value) {
  const auto if_allowed = [value](bool allowed) { return allowed ? std::optional(std::string(value)) : std::nullopt; };
  switch (rule) {
    case Rule::kNumbers:
      return if_allowed(HasOnly(value, "+-.,%"));
    case Rule::kPlain:
      return if_allowed(IsPlain(value));
    case Rule::kPaint:
      return if_allowed(value.starts_with("url(") ? !Reference(value).empty() : IsPlain(value));
    case Rule::kClip:
      return if_allowed(value.starts_with("url(") && !Reference(value).empty());
    case Rule::kTransform:
      return if_allowed(IsTransform(value));
    case Rule::kFont:
      return if_allowed(HasOnly(value, ",'\"-_"));
    case Rule::kId:
      return if_allowed(IsId(value));
    case Rule::kReference:
      return if_allowed(value.starts_with('#') && !Reference(value).empty());
  }
  return {};
}

std::string_view Reference(std::string_view value) {
  if (value.starts_with("url(#") && value.ends_with(')')) {
    value = value.substr(5, value.size() - 6);
  } else if (value.starts_with('#')) {
    value.remove_prefix(1);
  } else {
    return {};
  }
  return IsId(value) ? value : std::string_view();
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return ToLower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace zoobar::svg
