// Output of programs that is plain text (src/html/plain_text.h), up to the page's HTML.
#include <cstddef>
#include <cstdint>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/markup.h"
#include "fuzz/require.h"
#include "html/plain_text.h"
#include "html/sanitize.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr double kMostCpuMs = 1000;
constexpr std::size_t kRepeated = 64;  // bytes; a text as short as this is also looked at many times over

// Whether HTML shows the text letter by letter: no character reference, and no control but tab and line feed.
bool IsOrdinary(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character next = FirstUtf8(text);
    const bool control = (next.code < 0x20 && next.code != '\n' && next.code != '\t') ||
                         (next.code >= 0x7F && next.code < 0xA0) || (next.code & 0xFFFE) == 0xFFFE ||
                         (next.code >= 0xFDD0 && next.code <= 0xFDEF);
    if (!next.valid || control || text[0] == '&') return false;
    text.remove_prefix(next.length);
  }
  return true;
}

void Check(const std::string& text) {
  const double before = CpuMillis();
  const bool has_tag = HasHtmlTag(text);
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  Require(!has_tag || (text.find('<') != text.npos && text.find('>') != text.npos), "a tag has its brackets");
  const std::string html = TextAsHtml(text);
  Require(html.size() <= 4 * text.size() + 32, "at most four times as long");
  Require(!HasHtmlTag(html.substr(6, html.size() - 12)), "what is escaped has no tag");
  if (has_tag || !IsUtf8(text)) return;

  SanitizeLimits limits;
  limits.cpu = std::chrono::seconds(60);
  const Sanitized shown = SanitizeOutput(text, limits);
  if (text.size() > limits.input) return Require(shown.outcome == SanitizeOutcome::kTooLarge, "too large");
  Require(shown.outcome == SanitizeOutcome::kClean, "plain text can be shown");
  static const MarkupRules kRules;
  const Markup markup(shown.html, kRules);
  Require(markup.fault().empty(), "the result follows the strict grammar");
  std::string seen;
  for (const MarkupToken& token : markup.tokens()) {
    Require(token.kind == MarkupToken::kText ? seen.empty() : token.text == "pre" && token.attributes.empty(),
            "it is one text in a <pre>");
    if (token.kind == MarkupToken::kText) seen = token.text;
  }
  Require(markup.depth() == 1, "it is in a <pre>");
  // A parser drops the first line feed of a <pre>. The serialiser writes it twice.
  if (seen.starts_with('\n')) seen.erase(0, 1);
  if (IsOrdinary(text)) Require(seen == text, "it is shown as it is");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Check(text);
  if (size == 0 || size > kRepeated) return 0;
  // What costs much for each byte before it costs a second when it fills the longest output.
  std::string many;
  while (many.size() + size < SanitizeLimits().input) many += text;
  const double before = CpuMillis();
  (void)HasHtmlTag(many);
  (void)HasHtmlTag(many + ">");
  Require(CpuMillis() - before < kMostCpuMs, "the work on a long text is bounded");
  return 0;
}
