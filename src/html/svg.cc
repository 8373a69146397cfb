#include "html/svg.h"

#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "html/svg_allow_list.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar::svg {
namespace {

// The size of a picture that does not say it, as browsers have it.
constexpr std::uint64_t kDefaultSvgWidth = 300, kDefaultSvgHeight = 150;
// A part that is drawn again counts as one more shape for each of so many bytes: a long path costs a browser as much as
// many short ones.
constexpr std::size_t kSvgShapeBytes = 16;

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kHtmlBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kHtmlBlanks) + 1);
}

void AppendEscaped(std::string_view text, std::string& output) {
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    const std::string_view character = text.substr(0, next.length);
    const bool control =
        (next.code < 0x20 && next.code != '\n' && next.code != '\t') || (next.code >= 0x7F && next.code < 0xA0);
    // XML has no place for the last two code points of each plane.
    const bool none = (next.code & 0xFFFE) == 0xFFFE;
    if (character == "&") {
      output += "&amp;";
    } else if (character == "<") {
      output += "&lt;";
    } else if (character == ">") {
      output += "&gt;";
    } else if (character == "\"") {
      output += "&quot;";
    } else if (next.valid && !control && !none) {
      output += character;
    }
    text.remove_prefix(next.length);
  }
}

// Returns the name of an element as it stands in the file.
std::string_view NameOf(const GumboElement& element) {
  GumboStringPiece name = element.original_tag;
  gumbo_tag_from_original_text(&name);
  return {name.data, name.length};
}

// Returns the entry of the allow-list, or nullptr if the node is no element or is left out.
const Element* Allowed(const GumboNode& node) {
  if (node.type != GUMBO_NODE_ELEMENT || node.v.element.tag_namespace != GUMBO_NAMESPACE_SVG) return nullptr;
  return FindElement(NameOf(node.v.element));
}

using Values = std::vector<std::pair<const Attribute*, std::string>>;

// Adds a value, or replaces the value that the attribute had.
void Set(const Attribute& attribute, std::string_view value, Values& values) {
  std::optional<std::string> allowed = AllowedValue(attribute.rule, Trimmed(value));
  if (!allowed) return;
  for (auto& [known, present] : values) {
    if (known != &attribute) continue;
    present = std::move(*allowed);
    return;
  }
  values.emplace_back(&attribute, std::move(*allowed));
}

const Attribute* FindAttribute(const Element& element, std::string_view name) {
  for (const auto attributes : {element.attributes, AttributesOfAll()}) {
    for (const Attribute& attribute : attributes) {
      if (EqualsIgnoringCase(attribute.name, name)) return &attribute;
    }
  }
  return nullptr;
}

// Takes the allowed properties of a style attribute.
void TakeStyle(const Element& element, std::string_view style, Values& values) {
  while (!style.empty()) {
    const std::string_view property = style.substr(0, style.find(';'));
    style.remove_prefix(std::min(style.size(), property.size() + 1));
    const std::size_t colon = property.find(':');
    if (colon == property.npos) continue;
    const Attribute* attribute = FindAttribute(element, Trimmed(property.substr(0, colon)));
    if (attribute && attribute->in_style) Set(*attribute, property.substr(colon + 1), values);
  }
}

const char* ValueOf(const GumboElement& element, std::string_view name) {
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (EqualsIgnoringCase(attribute.name, name)) return attribute.value;
  }
  return nullptr;
}

// Returns the allowed attributes with their values, in the order of the file; what a style attribute says comes last.
Values ValuesOf(const GumboElement& element, const Element& allowed) {
  Values values;
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& attribute = *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    if (const Attribute* known = FindAttribute(allowed, attribute.name)) Set(*known, attribute.value, values);
  }
  if (const char* style = ValueOf(element, "style")) TakeStyle(allowed, style, values);
  return values;
}

bool DrawsAgain(const Attribute& attribute) {
  return attribute.rule == Rule::kReference || attribute.rule == Rule::kClip;
}

// Returns a length in pixels, or 0 if it is none or depends on the page.
double Pixels(const char* value) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"", 1},    {"px", 1},         {"pt", 4.0 / 3},  {"pc", 16},
                                                            {"in", 96}, {"cm", 96 / 2.54}, {"mm", 96 / 25.4}};
  const std::string_view text = Trimmed(value ? value : "");
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return 0;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : kUnits) {
    if (EqualsIgnoringCase(name, unit)) return number * factor;
  }
  return 0;
}

bool IsText(const GumboNode& node) {
  return node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE || node.type == GUMBO_NODE_CDATA;
}

// Returns the height of a picture that has only a viewBox and is shown kDefaultSvgWidth wide, or 0 if it has none.
double HeightFromViewBox(const char* box) {
  std::string_view text = Trimmed(box ? box : "");
  double numbers[4] = {};
  for (double& number : numbers) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return 0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (!text.empty() && (text.front() == ',' || kHtmlBlanks.find(text.front()) != kHtmlBlanks.npos))
      text.remove_prefix(1);
  }
  const bool has_shape = numbers[2] > 0 && numbers[3] > 0;
  return has_shape ? std::ceil(kDefaultSvgWidth * numbers[3] / numbers[2]) : 0;
}

class Writer {
 public:
  // Notes the size of each part that has an ID. Returns the size in shapes, or nullopt if the file is refused.
  std::optional<std::size_t> Measure(const GumboNode& node, int depth) {
    const Element* allowed = Allowed(node);
    if (!allowed || (depth > 0 && allowed->name == "svg")) return 0;  // Write leaves out a picture inside the picture
    if (depth > kMaxSvgDepth || ++elements_ > kMaxSvgShapes) return {};
    Part part{1, false};
    std::string id;
    std::size_t bytes = 0;
    for (const auto& [attribute, value] : ValuesOf(node.v.element, *allowed)) {
      bytes += value.size();
      if (DrawsAgain(*attribute)) part.draws_again = true;
      if (attribute->rule == Rule::kId) id = value;
    }
    const std::size_t before = with_references_;
    for (unsigned i = 0; i < node.v.element.children.length; ++i) {
      const auto& child = *static_cast<const GumboNode*>(node.v.element.children.data[i]);
      if (IsText(child)) bytes += std::string_view(child.v.text.text).size();
      const auto inner = Measure(child, depth + 1);
      if (!inner) return {};
      part.shapes += *inner;
    }
    part.shapes += bytes / kSvgShapeBytes;
    part.draws_again = part.draws_again || with_references_ > before;
    with_references_ += part.draws_again;
    if (!id.empty() && !parts_.emplace(id, part).second) return {};
    return part.shapes;
  }

  // Writes an element and its content. Returns false if too many shapes would be drawn.
  bool Write(const GumboNode& node, const Element& allowed, bool is_root) {
    output_ += "<" + std::string(allowed.name);
    if (is_root) WriteRoot(node.v.element);
    for (const auto& [attribute, value] : ValuesOf(node.v.element, allowed)) {
      if (!MayDraw(*attribute, value)) continue;
      output_ += " " + std::string(attribute->name) + "=\"";
      AppendEscaped(value, output_);
      output_ += "\"";
    }
    output_ += ">";
    for (unsigned i = 0; i < node.v.element.children.length; ++i) {
      const auto& child = *static_cast<const GumboNode*>(node.v.element.children.data[i]);
      if (IsText(child) && allowed.has_text) AppendEscaped(child.v.text.text, output_);
      const Element* inner = Allowed(child);
      // A picture inside the picture could have any size.
      if (inner && inner->name != "svg" && !Write(child, *inner, false)) return false;
    }
    output_ += "</" + std::string(allowed.name) + ">";
    return drawn_ <= kMaxSvgShapes;
  }

  std::uint64_t pixels() const { return pixels_; }
  std::string Take() { return std::move(output_); }

 private:
  struct Part {
    std::size_t shapes;  // its elements, and one more for each kSvgShapeBytes of its values and text
    bool draws_again;    // whether it, or an element in it, draws another part
  };

  void WriteRoot(const GumboElement& element) {
    output_ += " xmlns=\"http://www.w3.org/2000/svg\"";
    double width = std::ceil(Pixels(ValueOf(element, "width")));
    double height = std::ceil(Pixels(ValueOf(element, "height")));
    // If one of them is not known, a browser takes it from the viewBox, which can make it any length. So both are always
    // written if there is a viewBox.
    if (!(width >= 1 && height >= 1)) {
      const char* const box = ValueOf(element, "viewBox");
      if (!box) return;
      width = kDefaultSvgWidth;
      height = HeightFromViewBox(box);
      if (!(height >= 1 && height <= kMaxPictureSide)) height = kDefaultSvgHeight;
    }
    const double most = kMaxPictureSide + 1;
    const auto across = static_cast<std::uint64_t>(std::min(width, most));
    const auto down = static_cast<std::uint64_t>(std::min(height, most));
    pixels_ = across * down;
    if (!AllowedSize(across, down)) drawn_ = kMaxSvgShapes + 1;
    output_ += " width=\"" + std::to_string(across) + "\" height=\"" + std::to_string(down) + "\"";
  }

  // Returns false if the attribute draws a part that is not there or draws parts itself. Counts what is drawn.
  bool MayDraw(const Attribute& attribute, std::string_view value) {
    if (!DrawsAgain(attribute)) return true;
    const auto part = parts_.find(std::string(Reference(value)));
    if (part == parts_.end() || part->second.draws_again) return false;
    drawn_ += part->second.shapes;
    return true;
  }

  std::string output_;
  std::map<std::string, Part> parts_;
  std::size_t elements_ = 0, with_references_ = 0, drawn_ = 0;
  std::uint64_t pixels_ = kDefaultSvgWidth * kDefaultSvgHeight;
};

// Returns the picture's element, or nullptr if the file has none or has text before it. Such text is what the parser
// makes of the definition of an entity.
const GumboNode* FindRoot(const HtmlTree& tree) {
  if (!tree.root()) return nullptr;
  const GumboVector& children = tree.root()->v.element.children;
  for (unsigned i = 0; i < children.length; ++i) {
    const auto& node = *static_cast<const GumboNode*>(children.data[i]);
    if (node.type == GUMBO_NODE_COMMENT || node.type == GUMBO_NODE_WHITESPACE) continue;
    const Element* allowed = Allowed(node);
    return allowed && allowed->name == "svg" ? &node : nullptr;
  }
  return nullptr;
}

std::optional<Picture> Clean(std::string_view file, const ParseBudget& budget) {
  if (!IsUtf8(file)) return {};
  const HtmlTree tree(file, budget);
  const GumboNode* root = FindRoot(tree);
  Writer writer;
  if (!root || !writer.Measure(*root, 0) || !writer.Write(*root, *Allowed(*root), true)) return {};
  return Picture{writer.Take(), writer.pixels()};
}

}  // namespace
}  // namespace zoobar::svg

namespace zoobar {

std::optional<Picture> CleanSvg(std::string_view file, const ParseBudget& budget) { return svg::Clean(file, budget); }

}  // namespace zoobar
