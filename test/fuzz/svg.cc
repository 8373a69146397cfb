// SVG pictures that members write (src/html/svg.h): what is left of them, read by another parser.
// Inputs have at most 8192 bytes.
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/markup.h"
#include "fuzz/require.h"
#include "html/svg.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::chrono::milliseconds kCpu{150};  // as one document has it
constexpr double kMostCpuMs = 3000;
constexpr std::size_t kMemory = 32 << 20;

using Names = std::set<std::string, std::less<>>;

// What may be left, written down a second time.
const std::map<std::string, Names, std::less<>> kAllowedElements = {
    {"svg", {"xmlns", "width", "height", "viewBox", "preserveAspectRatio"}},
    {"g", {}},
    {"defs", {}},
    {"path", {"d"}},
    {"rect", {"x", "y", "width", "height", "rx", "ry"}},
    {"circle", {"cx", "cy", "r"}},
    {"ellipse", {"cx", "cy", "rx", "ry"}},
    {"line", {"x1", "y1", "x2", "y2"}},
    {"polyline", {"points"}},
    {"polygon", {"points"}},
    {"text", {"x", "y", "dx", "dy", "rotate"}},
    {"tspan", {"x", "y", "dx", "dy", "rotate"}},
    {"title", {}},
    {"desc", {}},
    {"use", {"href", "x", "y"}},
    {"clipPath", {"clipPathUnits"}},
    {"linearGradient", {"x1", "y1", "x2", "y2", "gradientUnits", "gradientTransform", "spreadMethod"}},
    {"radialGradient", {"cx", "cy", "r", "fx", "fy", "gradientUnits", "gradientTransform", "spreadMethod"}},
    {"stop", {"offset", "stop-color", "stop-opacity"}},
};
const Names kOfAllElements = {"id",
                              "transform",
                              "fill",
                              "fill-opacity",
                              "fill-rule",
                              "stroke",
                              "stroke-width",
                              "stroke-linecap",
                              "stroke-linejoin",
                              "stroke-miterlimit",
                              "stroke-opacity",
                              "opacity",
                              "color",
                              "display",
                              "visibility",
                              "clip-path",
                              "clip-rule",
                              "font-family",
                              "font-size",
                              "font-style",
                              "font-weight",
                              "text-anchor",
                              "dominant-baseline"};
const Names kWithText = {"text", "tspan", "title", "desc"};

const MarkupRules kRules;

// Returns the ID that a value names, or an empty text.
std::string Target(const std::string& value) {
  std::string id;
  if (value.starts_with("url(#") && value.ends_with(")")) {
    id = value.substr(5, value.size() - 6);
  } else if (value.starts_with('#')) {
    id = value.substr(1);
  }
  for (const char c : id) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-' && c != '.') return {};
  }
  return id;
}

// XML's Char, without the ends of planes that are no characters.
bool IsXml(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    if (!next.valid || (next.code & 0xFFFE) == 0xFFFE) return false;
    if (next.code < 0x20 && next.code != '\n' && next.code != '\t' && next.code != '\r') return false;
    text.remove_prefix(next.length);
  }
  return true;
}

void CheckAttribute(const std::string& element, const std::string& name, const std::string& value) {
  Require(kOfAllElements.contains(name) || kAllowedElements.find(element)->second.contains(name),
          "only allowed attributes are left");
  if (name == "xmlns") return Require(value == "http://www.w3.org/2000/svg", "the namespace of SVG");
  Require(value.find("//") == value.npos && value.find(':') == value.npos && value.find('\\') == value.npos,
          "no address is left");
  if (name == "href") {
    Require(value.starts_with('#') && !Target(value).empty(), "a reference stays in the picture");
  } else if (name == "clip-path" || value.find("url") != value.npos) {
    const bool is_text = name == "id" || name == "font-family" || value.find('(') == value.npos;
    Require(is_text || !Target(value).empty(), "a url() stays in the picture");
  }
}

// What a browser draws: each element, and each part that is drawn again.
struct Part {
  std::size_t elements = 0;
  bool draws = false;
};

void CheckDrawing(const std::vector<MarkupToken>& tokens) {
  std::map<std::string, Part> parts;
  std::vector<std::string> references;
  std::vector<std::string> open;  // the IDs of the open elements; empty: an element without one
  for (const MarkupToken& token : tokens) {
    if (token.kind == MarkupToken::kEnd) open.pop_back();
    if (token.kind != MarkupToken::kStart) continue;
    const std::string* id = token.Value("id");
    if (id) Require(parts.emplace(*id, Part()).second, "each ID comes once");
    open.push_back(id ? *id : "");
    const std::size_t before = references.size();
    for (const char* name : {"href", "clip-path"}) {
      if (const std::string* value = token.Value(name)) references.push_back(Target(*value));
    }
    for (const std::string& one : open) {
      if (one.empty()) continue;
      ++parts[one].elements;
      parts[one].draws = parts[one].draws || references.size() > before;
    }
  }
  std::size_t drawn = 0;
  for (const std::string& target : references) {
    const auto part = parts.find(target);
    Require(part != parts.end(), "a part that is drawn again is there");
    Require(!part->second.draws, "a part that is drawn again draws no other part");
    drawn += part->second.elements;
  }
  Require(drawn <= kMaxSvgShapes, "the shapes that are drawn are bounded");
}

void CheckPicture(const Picture& picture) {
  Require(IsUtf8(picture.bytes) && IsXml(picture.bytes), "the characters of XML");
  const Markup markup(picture.bytes, kRules);
  if (!markup.fault().empty()) std::fprintf(stderr, "%s\n%s\n", picture.bytes.c_str(), markup.fault().c_str());
  Require(markup.fault().empty(), "the picture follows the strict grammar");
  const std::vector<MarkupToken>& tokens = markup.tokens();
  Require(!tokens.empty() && tokens[0].kind == MarkupToken::kStart && tokens[0].text == "svg", "it is an SVG");
  Require(tokens[0].Value("xmlns"), "it has its namespace");
  Require(markup.depth() <= kMaxSvgDepth + 1, "elements are nested within the limit");
  std::vector<std::string> open;
  std::size_t elements = 0;
  for (const MarkupToken& token : tokens) {
    if (token.kind == MarkupToken::kText)
      Require(!open.empty() && kWithText.contains(open.back()), "text has its place");
    if (token.kind == MarkupToken::kEnd) open.pop_back();
    if (token.kind != MarkupToken::kStart) continue;
    Require(token.text != "svg" || elements == 0, "no picture in the picture");
    ++elements;
    open.push_back(token.text);
    Require(kAllowedElements.contains(token.text), "only allowed elements are left");
    for (const auto& [name, value] : token.attributes) CheckAttribute(token.text, name, value);
  }
  Require(elements <= kMaxSvgShapes, "the elements are bounded");
  const std::string *width = tokens[0].Value("width"), *height = tokens[0].Value("height");
  Require((width == nullptr) == (height == nullptr), "both sides are said, or none");
  if (width) {
    const std::uint64_t across = std::stoull(*width), down = std::stoull(*height);
    Require(AllowedSize(across, down) && picture.pixels == across * down, "the size is allowed, and the one it says");
  } else {
    Require(!tokens[0].Value("viewBox") && picture.pixels == 300 * 150, "a picture without a size has the usual one");
  }
  CheckDrawing(tokens);
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string file(reinterpret_cast<const char*>(data), size);
  const double before = CpuMillis();
  const ParseBudget budget(kMemory, kCpu);
  const std::optional<Picture> picture = CleanSvg(file, budget);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  if (!picture) return 0;
  CheckPicture(*picture);
  const ParseBudget ample(kMemory, std::chrono::seconds(60));
  const std::optional<Picture> again = CleanSvg(picture->bytes, ample);
  Require(again && again->bytes == picture->bytes && again->pixels == picture->pixels,
          "cleaning twice changes nothing");
  return 0;
}
