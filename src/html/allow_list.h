// What of strangers' HTML may stay, as data. The walk that applies it is in sanitize.cc.
//
// Left out on purpose: `id`, `class`, `name` (a profile could pass for the page's own markers, or put itself in the
// place of a DOM property), `style` and <style>, form controls, everything that loads or runs something (script,
// iframe, object, embed, link, base, meta, svg, math, template, noscript, audio, video).
//
// Addresses: links go to absolute http, https and mailto addresses, and only when somebody follows them. Images are
// data: addresses alone. An image is fetched unasked and with cookies, so that any http address could be this site's
// own logout (a GET), under whatever name the site is reached by; the sanitizer cannot know those names, so none is let
// through. A profile cannot count its visitors with one either.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zoobar {

// Changes with every change of what passes: stored HTML of an older version is cleaned again from its source.
inline constexpr std::uint32_t kAllowListVersion = 1;

enum class ValueRule {
  kText,    // anything, escaped
  kLink,    // an absolute http, https or mailto address
  kImage,   // data:image/(png|jpeg|gif|webp);base64,...
  kCount,   // 1 to `most`
  kNumber,  // -most to most
  kWord,    // ASCII letters, digits and `+-.: `, at most `most` of them
  kOneOf,   // one of the words of `choices`, compared in lower case, or as they stand if that is one of them
  kFlag,    // present or not
};

struct AllowedAttribute {
  std::string_view name;
  ValueRule rule = ValueRule::kText;
  int most = 0;
  std::string_view choices = {};  // words between blanks
};

struct AllowedElement {
  GumboTag tag;
  std::string_view name;
  std::span<const AllowedAttribute> attributes = {};
  std::string_view needs = {};  // without a valid attribute of this name the element goes and its content stays
  std::string_view adds = {};   // written after its attributes, always
  bool has_content = true;      // false: a void element, no end tag
};

// Attributes every allowed element may have.
std::span<const AllowedAttribute> AttributesOfAll();

// nullptr: not allowed. Then DroppedWhole says whether its content goes too; else its content stays in its place.
const AllowedElement* FindAllowed(GumboTag tag);
bool DroppedWhole(GumboTag tag);

// The value to write (not escaped yet), or nothing when the rule refuses it.
std::optional<std::string> AllowedValue(const AllowedAttribute& attribute, std::string_view value);

}  // namespace zoobar
