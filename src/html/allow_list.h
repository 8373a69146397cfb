// Lists the elements and attributes that may stay in HTML that other people wrote. sanitize.cc applies this list to a
// document.
//
// These are left out on purpose: `id`, `class` and `name` (a profile could imitate the page's own markers, or take the
// place of a DOM property), `style` and <style>, form controls, and everything that loads or runs something (script,
// iframe, object, embed, link, base, meta, svg, math, template, noscript, audio, video).
//
// Links may lead to absolute http, https and mailto addresses; a browser opens them only when somebody follows them.
// Images may only be data: addresses, and their pictures are written again (picture.h). A browser loads an image without asking and sends cookies with the request. So an
// http address in an image could log the visitor out of this site, because logout is a GET. The sanitizer cannot know
// all names by which the site can be reached, so it allows no http address for images. This also means that a profile
// cannot count its visitors with an image.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zoobar {

// Raise this number with every change of what is allowed. Stored HTML that an older version has cleaned is then cleaned
// again from its source.
inline constexpr std::uint32_t kAllowListVersion = 2;

enum class ValueRule {
  kText,     // any text, escaped
  kLink,     // an absolute http, https or mailto address
  kPicture,  // a picture as data:image/TYPE;base64,... which is checked and written again (picture.h)
  kCount,    // a whole number from 1 to `most`
  kNumber,   // a whole number from -`most` to `most`
  kWord,     // ASCII letters, digits and `+-.: `, at most `most` of them
  kOneOf,    // one of the words of `choices`, unchanged or after conversion to lower case
  kFlag,     // the attribute is present or absent; its value is ignored
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
  std::string_view needs = {};  // without a valid attribute of this name, the element is removed and its content stays
  std::string_view adds = {};   // text that is always written after the attributes
  bool has_content = true;      // false: a void element, without an end tag
};

// The attributes that every allowed element may have.
std::span<const AllowedAttribute> AttributesOfAll();

// Returns nullptr if the element is not allowed. DroppedWhole then tells whether the content of the element is removed
// too. If not, the content stays in the place of the element.
const AllowedElement* FindAllowed(GumboTag tag);
bool DroppedWhole(GumboTag tag);

// Returns the value to write (not escaped yet), or nullopt if the attribute's rule refuses the value.
std::optional<std::string> AllowedValue(const AllowedAttribute& attribute, std::string_view value);

}  // namespace zoobar
