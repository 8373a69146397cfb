// HTML that members and their programs write (src/html/sanitize.h): what is left of it, read by another parser.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/markup.h"
#include "fuzz/require.h"
#include "html/sanitize.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 3000;  // a call has 150 ms; sanitizers and libFuzzer's counters make code slower

using Names = std::set<std::string, std::less<>>;

// What may be left, written down a second time.
const std::map<std::string, Names, std::less<>> kAllowedElements = [] {
  std::map<std::string, Names, std::less<>> allowed;
  for (const char* name :
       {"abbr",  "b",     "bdi",   "bdo",   "blockquote", "br",         "caption", "cite",   "code", "dd",      "del",
        "dfn",   "div",   "dl",    "dt",    "em",         "figcaption", "figure",  "h1",     "h2",   "h3",      "h4",
        "h5",    "h6",    "hr",    "i",     "ins",        "kbd",        "mark",    "p",      "pre",  "q",       "rp",
        "rt",    "ruby",  "s",     "samp",  "small",      "span",       "strike",  "strong", "sub",  "summary", "sup",
        "table", "tbody", "tfoot", "thead", "tr",         "tt",         "u",       "ul",     "var",  "wbr"}) {
    allowed[name] = {};
  }
  allowed["a"] = {"href", "rel"};
  allowed["img"] = {"src", "alt", "width", "height"};
  allowed["td"] = {"colspan", "rowspan"};
  allowed["th"] = {"colspan", "rowspan", "scope"};
  allowed["col"] = allowed["colgroup"] = {"span"};
  allowed["ol"] = {"start", "type", "reversed"};
  allowed["li"] = {"value"};
  allowed["details"] = {"open"};
  allowed["time"] = {"datetime"};
  for (auto& [name, attributes] : allowed) attributes.insert({"title", "lang", "dir"});
  return allowed;
}();

const MarkupRules kRules = {.voids = {"br", "col", "hr", "img", "wbr"}};

bool HasOnly(std::string_view text, std::string_view marks) {
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && marks.find(c) == marks.npos) return false;
  }
  return true;
}

bool IsLink(std::string_view address) {
  if (address.size() > 2048) return false;
  for (const unsigned char c : address) {
    if (c <= 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '`') return false;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!address.starts_with(scheme)) continue;
    const std::string_view host = address.substr(scheme.size()).substr(0, address.substr(scheme.size()).find('/'));
    return !host.empty() && host.substr(0, host.find_first_of("?#")).find('@') == host.npos;
  }
  return address.starts_with("mailto:") && address.find('@') != address.npos && address.find('?') == address.npos;
}

bool IsPicture(std::string_view address) {
  for (const std::string_view type : {"png", "jpeg", "jpg", "gif", "webp", "svg+xml"}) {
    const std::string head = "data:image/" + std::string(type) + ";base64,";
    if (address.starts_with(head)) return HasOnly(address.substr(head.size()), "+/=") && address.size() > head.size();
  }
  return false;
}

bool IsNumber(const std::string& value, int least, int most) {
  const int number = std::atoi(value.c_str());
  return value == std::to_string(number) && number >= least && number <= most;
}

bool MayHave(const std::string& name, const std::string& value) {
  if (name == "href") return IsLink(value);
  if (name == "src") return IsPicture(value);
  if (name == "rel") return value == "nofollow noopener noreferrer ugc";
  if (name == "dir") return value == "ltr" || value == "rtl" || value == "auto";
  if (name == "lang") return HasOnly(value, "+-.: ") && value.size() <= 35;
  if (name == "datetime") return HasOnly(value, "+-.: ") && value.size() <= 64;
  if (name == "width" || name == "height") return IsNumber(value, 1, 4096);
  if (name == "colspan" || name == "rowspan" || name == "span") return IsNumber(value, 1, 100);
  if (name == "start" || name == "value") return IsNumber(value, -100000, 100000);
  if (name == "type") return value.size() == 1 && std::string_view("1aAiI").find(value[0]) != std::string_view::npos;
  if (name == "scope") return value == "row" || value == "col" || value == "rowgroup" || value == "colgroup";
  if (name == "open" || name == "reversed") return value.empty();
  return name == "title" || name == "alt";
}

void CheckResult(const std::string& html, const SanitizeLimits& limits) {
  Require(IsUtf8(html), "the result is UTF-8");
  const Markup markup(html, kRules);
  if (!markup.fault().empty()) std::fprintf(stderr, "%s\n%s\n", html.c_str(), markup.fault().c_str());
  Require(markup.fault().empty(), "the result follows the strict grammar");
  Require(markup.depth() <= limits.depth, "elements are nested within the limit");
  Require(markup.tokens().size() <= 2 * limits.nodes, "nodes within the limit");
  for (const MarkupToken& token : markup.tokens()) {
    if (token.kind != MarkupToken::kStart) continue;
    const auto allowed = kAllowedElements.find(token.text);
    Require(allowed != kAllowedElements.end(), "only allowed elements are left");
    for (const auto& [name, value] : token.attributes) {
      Require(allowed->second.contains(name), "only allowed attributes are left");
      Require(MayHave(name, value), "only allowed values are left");
    }
    Require(token.text != "a" || (token.Value("href") && token.Value("rel")), "each link has its address and its rel");
    Require(token.text != "img" || token.Value("src"), "each image has its picture");
  }
}

void CheckNames(const Sanitized& result) {
  Require(result.removed.size() <= 13, "at most twelve names of what was removed, and an ellipsis");
  std::set<std::string> once;
  for (std::string name : result.removed) {
    Require(once.insert(name).second, "each name comes once");
    if (name == "\u2026" || name == "an attribute") continue;
    if (name.starts_with('<') && name.ends_with('>')) name = name.substr(1, name.size() - 2);
    Require(HasOnly(name, "-"), "a name has only letters, digits and -");
  }
}

template <typename Clean>
void Check(Clean clean, std::string_view text) {
  const SanitizeLimits limits;
  const double before = CpuMillis();
  const Sanitized result = clean(text, limits);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  if (result.outcome != SanitizeOutcome::kClean) {
    Require(result.html.empty(), "what is not clean is empty");
    return;
  }
  CheckNames(result);
  SanitizeLimits again = limits;  // of a result, all limits hold but those of the time
  again.cpu = std::chrono::seconds(60);
  // Plain text becomes a few times longer when it is escaped.
  const std::size_t most = std::max(limits.output, 6 * limits.input);
  Require(result.html.size() <= most, "the result is within its limit");
  CheckResult(result.html, again);
  again.input = again.output = most;
  const Sanitized twice = Sanitize(result.html, again);
  Require(twice.outcome == SanitizeOutcome::kClean && twice.html == result.html, "cleaning twice changes nothing");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Check(Sanitize, text);
  Check(SanitizeOutput, text);
  return 0;
}
