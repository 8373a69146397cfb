// Lists the elements and attributes that may stay in SVG pictures that other people made. svg.cc applies this list.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zoobar::svg {

enum class Rule {
  kNumbers,    // numbers with units, or path data: ASCII letters, digits and `+-.,%`
  kPlain,      // a word, a number or a colour, as in `round`, `#ff0000`, `rgb(1, 2, 3)`
  kPaint,      // as kPlain, or a gradient of this picture: url(#ID)
  kClip,       // a clip path of this picture: url(#ID)
  kTransform,  // translate(1 2) and the like
  kFont,       // names of fonts
  kId,
  kReference,  // a part of this picture: #ID
};

struct Attribute {
  std::string_view name;
  Rule rule = Rule::kNumbers;
  bool in_style = false;  // whether it may also be a property in a style attribute
};

struct Element {
  std::string_view name;
  std::span<const Attribute> attributes = {};
  bool has_text = false;
};

// The attributes that every allowed element may have.
std::span<const Attribute> AttributesOfAll();

// Returns nullptr if the element is not allowed. It is then left out with its content. Upper and lower case count as the
// same.
const Element* FindElement(std::string_view name);

// Returns the value to write, not escaped yet, or nullopt if the rule refuses it.
std::optional<std::string> AllowedValue(Rule rule, std::string_view value);

// Returns the ID in a value of kReference, kPaint or kClip, or "" if it has none.
std::string_view Reference(std::string_view value);

bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace zoobar::svg
