// The list of what may stay in HTML that other people wrote, as data. sanitize.cc applies it to a document.
//
// These are left out on purpose: `id`, `class` and `name` (a profile could imitate the page's own markers, or take the
// place of a DOM property), `style` and <style>, form controls, and everything that loads or runs something (script,
// iframe, object, embed, link, base, meta, svg, math, template, noscript, audio, video).
//
// Links may lead to absolute http, https and mailto addresses; a browser opens them only when somebody follows them.
// Images may only be data: addresses. A browser loads an image without asking and sends cookies with the request, so an
// http address could be this site's own logout (a GET), under any name by which the site can be reached. The sanitizer
// cannot know those names, so it allows no http address for images. For the same reason a profile cannot count its
// visitors with an image.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zoobar {

// To be raised with every change of what is allowed. Stored HTML of an older version is then cleaned again from its
// source.
inline constexpr std::uint32_t kAllowListVersion = 1;

enum class ValueRule {
  kText,    // any text, escaped
  kLink,    // an absolute http, https or mailto address
  kImage,   // data:image/(png|jpeg|gif|webp);base64,...
  kCount,   // 1 to `most`
  kNumber,  // -most to most
  kWord,    // ASCII letters, digits and `+-.: `, at most `most` of them
  kOneOf,   // one of the words of `choices`, as it stands or converted to lower case
  kFlag,    // present or absent
};

struct AllowedAttribute {
  std::string_view name;
  ValueRule rule = ValueRule::kText;
  int most = 0;
  std::string_view choices = {};  // words separated by blanks
};

struct AllowedElement {
  GumboTag tag;
  std::string_view name;
  std::span<const AllowedAttribute> attributes = {};
  std::string_view needs = {};  // without a valid attribute of this name the element is removed and its content stays
  std::string_view adds = {};   // always written after its attributes
  bool has_content = true;      // false: a void element, without an end tag
};

// The attributes that every allowed element may have.
std::span<const AllowedAttribute> AttributesOfAll();

// nullptr if the element is not allowed. Then DroppedWhole tells whether its content is removed too; if not, the
// content stays in its place.
const AllowedElement* FindAllowed(GumboTag tag);
bool DroppedWhole(GumboTag tag);

// The value to write (not escaped yet), or nullopt if the rule refuses it.
std::optional<std::string> AllowedValue(const AllowedAttribute& attribute, std::string_view value);

}  // namespace zoobar
