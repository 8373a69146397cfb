#include "html/sanitize.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "html/picture.h"
#include "html/plain_text.h"
#include "html/removed.h"
#include "html/tree.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kLongestEscape = 6;  // "&quot;"

bool IsElement(const GumboNode& node) { return node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE; }

// Collects the result. Accepts nothing more when the result would become longer than the limit.
class Output {
 public:
  explicit Output(std::size_t limit) : limit_(limit) {}

  bool full() const { return full_; }
  std::string Take() { return std::move(text_); }

  void Markup(std::string_view markup) {
    after_pre_ = false;
    Append(markup);
  }
  // Parsers drop a line feed directly after <pre>, so a line feed that belongs to the text is written twice.
  void StartPre() { after_pre_ = true; }

  // Writes the text, escaped. Control characters are left out, because browsers change or drop them and readers do not
  // see them.
  void Text(std::string_view text, bool in_attribute = false) {
    if (std::exchange(after_pre_, false) && text.starts_with('\n')) Append("\n");
    while (!text.empty() && !full_) {
      const Utf8Character next = FirstUtf8(text);
      const bool control =
          (next.code < 0x20 && next.code != '\n' && next.code != '\t') || (next.code >= 0x7F && next.code < 0xA0);
      if (next.valid && !control) Append(Escaped(text.substr(0, next.length), in_attribute));
      text.remove_prefix(next.length);
    }
  }

 private:
  static std::string_view Escaped(std::string_view character, bool in_attribute) {
    switch (character[0]) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '"':
        return in_attribute ? "&quot;" : character;
      case '`':
        return in_attribute ? "&#96;" : character;  // old browsers accept a backtick as the quote of an attribute
      default:
        return character;
    }
  }

  void Append(std::string_view text) {
    if (text_.size() + text.size() > limit_) full_ = true;
    if (!full_) text_ += text;
  }

  std::size_t limit_;
  std::string text_;
  bool full_ = false, after_pre_ = false;
};

std::optional<std::string> ValueOf(const GumboElement& element, const AllowedAttribute& allowed) {
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (attribute.attr_namespace == GUMBO_ATTR_NAMESPACE_NONE && allowed.name == attribute.name) {
      return AllowedValue(allowed, attribute.value);
    }
  }
  return {};
}

void WriteAttribute(const GumboElement& element, const AllowedAttribute& allowed, Output& output) {
  const std::optional<std::string> value = ValueOf(element, allowed);
  if (!value) return;
  output.Markup(" ");
  output.Markup(allowed.name);
  output.Markup("=\"");
  output.Text(*value, true);
  output.Markup("\"");
}

// Checks the pictures of one document, and counts their pixels.
class Pictures {
 public:
  explicit Pictures(const ParseBudget& budget) : budget_(budget) {}

  // Returns the address of the picture that was written again. Returns nullopt if the picture is refused, or if there
  // are too many pixels already.
  std::optional<std::string> Take(std::string_view address) {
    std::optional<PictureAddress> picture = CleanPictureAddress(address, budget_);
    if (!picture || picture->pixels > pixels_left_) return {};
    pixels_left_ -= picture->pixels;
    return std::move(picture->address);
  }

 private:
  const ParseBudget& budget_;
  std::uint64_t pixels_left_ = kMaxPicturePixels;
};

const char* AttributeOf(const GumboElement& element, const char* name) {
  const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
  return attribute && attribute->attr_namespace == GUMBO_ATTR_NAMESPACE_NONE ? attribute->value : nullptr;
}

// Writes an image. Returns its entry of the allow-list, or nullptr if its picture is refused.
const AllowedElement* WriteImage(const GumboElement& element, Pictures& pictures, Output& output) {
  const AllowedElement* allowed = FindAllowed(GUMBO_TAG_IMG);
  const char* address = AttributeOf(element, "src");
  const std::optional<std::string> picture = address ? pictures.Take(address) : std::nullopt;
  if (!picture) return nullptr;
  output.Markup("<img src=\"");
  output.Text(*picture, true);
  output.Markup("\"");
  for (const AllowedAttribute& attribute : allowed->attributes) {
    if (attribute.rule != ValueRule::kPicture) WriteAttribute(element, attribute, output);
  }
  for (const AllowedAttribute& attribute : AttributesOfAll()) WriteAttribute(element, attribute, output);
  output.Markup(">");
  return allowed;
}

// Returns the entry of the allow-list for this element, or nullptr if the element itself is removed. Some elements stay
// only if one of their attributes is valid.
const AllowedElement* Kept(const GumboElement& element) {
  const AllowedElement* allowed = FindAllowed(element.tag);
  if (!allowed || allowed->needs.empty()) return allowed;
  for (const AllowedAttribute& attribute : allowed->attributes) {
    if (attribute.name == allowed->needs && ValueOf(element, attribute)) return allowed;
  }
  return nullptr;
}

void WriteStart(const GumboElement& element, const AllowedElement& allowed, Output& output) {
  output.Markup("<");
  output.Markup(allowed.name);
  for (const AllowedAttribute& attribute : allowed.attributes) WriteAttribute(element, attribute, output);
  for (const AllowedAttribute& attribute : AttributesOfAll()) WriteAttribute(element, attribute, output);
  output.Markup(allowed.adds);
  output.Markup(">");
  if (allowed.tag == GUMBO_TAG_PRE) output.StartPre();
}

void WriteEnd(const AllowedElement& allowed, Output& output) {
  if (!allowed.has_content) return;
  output.Markup("</");
  output.Markup(allowed.name);
  output.Markup(">");
}

// Writes a replacement for a removed element. An image whose address is refused is replaced by its alternative text.
void WriteInstead(const GumboElement& element, Output& output) {
  if (element.tag != GUMBO_TAG_IMG) return;
  constexpr AllowedAttribute kAlt{"alt"};
  if (const std::optional<std::string> alt = ValueOf(element, kAlt)) output.Text(*alt);
}

struct Open {
  const GumboElement* element;
  const AllowedElement* allowed;  // nullptr: the element is removed and its content stays
  unsigned next_child;
};

// Writes the start of the node, before its children. If the node may have children, returns an Open with which
// Serialise continues.
std::optional<Open> WriteNode(const GumboNode& node, Pictures& pictures, Output& output) {
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) output.Text(node.v.text.text);
  if (!IsElement(node)) return {};  // leaves out comments, and CDATA, which only foreign content has
  const GumboElement& element = node.v.element;
  if (element.tag_namespace != GUMBO_NAMESPACE_HTML || DroppedWhole(element.tag)) return {};
  const bool is_image = element.tag == GUMBO_TAG_IMG;
  const AllowedElement* allowed = is_image ? WriteImage(element, pictures, output) : Kept(element);
  if (allowed && !is_image) {
    WriteStart(element, *allowed, output);
  } else if (!allowed) {
    WriteInstead(element, output);
  }
  return Open{&element, allowed, 0};
}

// Writes the allowed part of the tree as text. Returns nullopt if a limit is exceeded. The function is not recursive,
// because the author of the HTML decides how deep the tree is.
std::optional<std::string> Serialise(const GumboNode& root, const SanitizeLimits& limits, const ParseBudget& budget) {
  Output output(limits.output);
  Pictures pictures(budget);
  std::vector<Open> open{{&root.v.element, nullptr, 0}};
  std::size_t nodes = 0;
  while (!open.empty()) {
    Open& top = open.back();
    if (top.next_child == top.element->children.length) {
      if (top.allowed) WriteEnd(*top.allowed, output);
      open.pop_back();
      continue;
    }
    const auto& child = *static_cast<const GumboNode*>(top.element->children.data[top.next_child++]);
    if (++nodes > limits.nodes || open.size() > limits.depth || output.full()) return {};
    if (std::optional<Open> inner = WriteNode(child, pictures, output)) open.push_back(*inner);
  }
  if (output.full()) return {};
  return output.Take();
}

}  // namespace

Sanitized Sanitize(std::string_view html, const SanitizeLimits& limits) {
  if (html.size() > limits.input) return {SanitizeOutcome::kTooLarge, {}};
  if (!IsUtf8(html)) return {SanitizeOutcome::kNotUtf8, {}};
  const ParseBudget budget(limits.memory, limits.cpu);
  std::string present(html);
  std::vector<std::string> removed;
  for (int pass = 0; pass < limits.passes; ++pass) {
    const HtmlTree tree(present, budget);
    if (!tree.root()) break;
    std::optional<std::string> next = Serialise(*tree.root(), limits, budget);
    if (!next) break;
    if (pass == 0) removed = NamesOfRemoved(*tree.root(), *next, limits.nodes);
    if (*next == present) return {SanitizeOutcome::kClean, std::move(present), std::move(removed)};
    present = std::move(*next);
  }
  return {SanitizeOutcome::kTooComplex, {}};
}

Sanitized SanitizeOutput(std::string_view output, const SanitizeLimits& limits) {
  if (output.size() > limits.input || HasHtmlTag(output)) return Sanitize(output, limits);
  const std::string html = TextAsHtml(output);
  SanitizeLimits widened = limits;
  widened.input = std::max(limits.input, html.size());
  // Plain text is bounded by the limit of the input. Escaping may make it a few times longer.
  widened.output = std::max(limits.output, kLongestEscape * limits.input);
  return Sanitize(html, widened);
}

}  // namespace zoobar
