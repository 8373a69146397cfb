#include "html/removed.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "html/allow_list.h"
#include "text/ascii.h"

namespace zoobar {
namespace {

constexpr std::size_t kNameBytes = 30;

// Returns the beginning of `name` that consists of letters, digits and '-', in lower case.
std::string PlainName(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, kNameBytes)) {
    if (!IsLetter(c) && !IsDigit(c) && c != '-') break;
    plain += ToLower(c);
  }
  return plain;
}

std::string NameOf(const GumboElement& element) {
  if (element.tag != GUMBO_TAG_UNKNOWN) return gumbo_normalized_tagname(element.tag);
  GumboStringPiece name = element.original_tag;
  gumbo_tag_from_original_text(&name);
  return PlainName({name.data, name.data ? name.length : 0});
}

bool IsAllowed(const AllowedElement& allowed, const GumboAttribute& attribute) {
  if (attribute.attr_namespace != GUMBO_ATTR_NAMESPACE_NONE) return false;
  for (const auto& list : {allowed.attributes, AttributesOfAll()}) {
    for (const AllowedAttribute& one : list) {
      if (one.name == attribute.name) return AllowedValue(one, attribute.value).has_value();
    }
  }
  return false;
}

class Names {
 public:
  void Add(std::string name) {
    if (full() || std::find(names_.begin(), names_.end(), name) != names_.end()) return;
    names_.push_back(names_.size() < kRemovedNamed ? std::move(name) : "\u2026");
  }
  bool full() const { return names_.size() > kRemovedNamed; }
  std::vector<std::string> Take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

// Names what is removed of this element itself. Returns whether its content is kept.
bool NameElement(const GumboElement& element, Names& names) {
  if (element.tag_namespace != GUMBO_NAMESPACE_HTML || DroppedWhole(element.tag)) {
    names.Add("<" + NameOf(element) + ">");
    return false;
  }
  const AllowedElement* const allowed = FindAllowed(element.tag);
  if (!allowed) {
    names.Add("<" + NameOf(element) + ">");
    return true;
  }
  bool has_needed = allowed->needs.empty();
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    // sanitize.cc judges pictures. CountImages tells whether one was removed.
    if (element.tag == GUMBO_TAG_IMG && std::string_view(attribute.name) == "src") continue;
    const bool is_allowed = IsAllowed(*allowed, attribute);
    has_needed |= is_allowed && allowed->needs == attribute.name;
    // These two are written by zoobar itself, so their author misses nothing.
    const bool added = allowed->adds.find(" " + std::string(attribute.name) + "=") != allowed->adds.npos;
    if (is_allowed || added) continue;
    std::string name = PlainName(attribute.name);
    names.Add(name.empty() ? "an attribute" : std::move(name));
  }
  if (!has_needed && element.tag != GUMBO_TAG_IMG) names.Add("<" + NameOf(element) + ">");
  return true;
}

std::size_t CountImages(std::string_view written) {
  constexpr std::string_view kImageTag = "<img ";  // raw only where Sanitize wrote an image
  std::size_t count = 0;
  for (std::size_t at = written.find(kImageTag); at != written.npos; at = written.find(kImageTag, at + 1)) ++count;
  return count;
}

}  // namespace

std::vector<std::string> NamesOfRemoved(const GumboNode& root, std::string_view written, std::size_t nodes) {
  struct Open {
    const GumboElement* element;
    unsigned next_child;
  };
  Names names;
  std::size_t images = 0;
  // Not recursive, because the author of the HTML decides how deep the tree is.
  std::vector<Open> open{{&root.v.element, 0}};
  while (!open.empty() && !names.full() && nodes > 0) {
    Open& top = open.back();
    if (top.next_child == top.element->children.length) {
      open.pop_back();
      continue;
    }
    --nodes;
    const auto& child = *static_cast<const GumboNode*>(top.element->children.data[top.next_child++]);
    if (child.type != GUMBO_NODE_ELEMENT && child.type != GUMBO_NODE_TEMPLATE) continue;
    images += child.v.element.tag == GUMBO_TAG_IMG && child.v.element.tag_namespace == GUMBO_NAMESPACE_HTML;
    // Elements that the parser added, such as <tbody>, are allowed and have no attributes, so they are never named.
    if (NameElement(child.v.element, names)) open.push_back({&child.v.element, 0});
  }
  if (images > CountImages(written)) names.Add("<img>");
  return names.Take();
}

}  // namespace zoobar
