#include "html/sanitize.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "html/strict_reader.h"

namespace zoobar {
namespace {

// Limits without a limit of time, so that the results do not depend on the machine's speed.
SanitizeLimits NoClock() {
  SanitizeLimits limits;
  limits.cpu = std::chrono::hours(1);
  return limits;
}

std::string Repeated(std::string_view part, std::size_t bytes) {
  std::string text;
  while (text.size() + part.size() <= bytes) text += part;
  return text;
}

TEST(Sanitize, OrdinaryProfilesKeepTheirShape) {
  const std::string html =
      "<h2>About me</h2><p>I like <em>birds</em>, <strong>zoobars</strong> and <code>C++</code>.</p>"
      "<ul><li>one</li><li>two</li></ul><table><thead><tr><th scope=\"col\">a</th></tr></thead>"
      "<tbody><tr><td colspan=\"2\">b</td></tr></tbody></table><blockquote title=\"x\">quote</blockquote><hr>";
  EXPECT_EQ(Sanitize(html).html, html);
}

TEST(Sanitize, TextWithoutMarkupStaysAsItIs) {
  for (const char* text :
       {"", "plain", "two\nlines\tand a tab", "\xE2\x82\xAC \xF0\x9F\x98\x80 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"}) {
    EXPECT_EQ(Sanitize(text).html, text);
  }
}

TEST(Sanitize, LineFeedsAfterPreAreKeptThroughEveryPass) {
  EXPECT_EQ(Sanitize("<pre>\nx</pre>").html, "<pre>x</pre>");
  EXPECT_EQ(Sanitize("<pre>\n\nx</pre>").html, "<pre>\n\nx</pre>");
  EXPECT_EQ(Sanitize("<pre><b>\nx</b></pre>").html, "<pre><b>\nx</b></pre>");
  EXPECT_EQ(Sanitize("<pre><x>\n\ny</x></pre>").html, "<pre>\n\n\ny</pre>");
}

TEST(Sanitize, ControlsAreLeftOutOrReplaced) {
  for (const char c : {'\0', '\x01', '\x1F', '\x7F', '\f', '\r'}) {
    const std::string html = Sanitize(std::string("a") + c + "b").html;
    EXPECT_EQ(StrictReader(html).fault(), "");
    EXPECT_EQ(html.find_first_of(std::string_view("\0\x01\x1F\x7F\f\r", 6)), html.npos);
  }
  EXPECT_EQ(Sanitize("a\r\nb\rc").html, "a\nb\nc");
  EXPECT_EQ(Sanitize("a&#13;b&#1;c&#x9d;").html, "abc");
  EXPECT_EQ(Sanitize("<b title='a&#0;&#10;b'>x</b>").html, "<b title=\"a\xEF\xBF\xBD\nb\">x</b>");
}

TEST(Sanitize, OtherBytesThanUtf8AreRefused) {
  for (const char* html : {"\xFF", "<b>\xC0\xAF</b>", "<b title='\xE2\x82'>", "\xED\xA0\x80"}) {
    EXPECT_EQ(Sanitize(html).outcome, SanitizeOutcome::kNotUtf8);
  }
}

TEST(Sanitize, TheInputsBoundIsExact) {
  EXPECT_EQ(Sanitize(std::string(64 * 1024, 'x')).outcome, SanitizeOutcome::kClean);
  const Sanitized over = Sanitize(std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(over.outcome, SanitizeOutcome::kTooLarge);
  EXPECT_EQ(over.html, "");
}

TEST(Sanitize, TheOutputIsBoundedToo) {
  SanitizeLimits limits = NoClock();
  EXPECT_EQ(Sanitize(std::string(60000, '<'), limits).html.size(), 240000u);
  EXPECT_EQ(Sanitize(std::string(64 * 1024, '&'), limits).outcome, SanitizeOutcome::kTooComplex);
  // Every <p> would carry a copy of the long attribute.
  const std::string copied = "<b title='" + std::string(5000, 'x') + "'>" + Repeated("<p>x", 50000);
  EXPECT_EQ(Sanitize(copied, limits).outcome, SanitizeOutcome::kTooComplex);
}

TEST(Sanitize, DepthIsBounded) {
  const SanitizeLimits limits = NoClock();
  EXPECT_EQ(Sanitize(Repeated("<div>", 5 * 150), limits).outcome, SanitizeOutcome::kClean);
  for (const char* part : {"<div>", "<b>", "<x>", "<table><tr><td>", "<ul><li>", "<blockquote>"}) {
    EXPECT_EQ(Sanitize(Repeated(part, 60000), limits).outcome, SanitizeOutcome::kTooComplex) << part;
  }
}

TEST(Sanitize, NodesAreBounded) {
  SanitizeLimits limits = NoClock();
  limits.nodes = 100;
  EXPECT_EQ(Sanitize(Repeated("<br>", 4 * 100), limits).outcome, SanitizeOutcome::kClean);
  EXPECT_EQ(Sanitize(Repeated("<br>", 4 * 101), limits).outcome, SanitizeOutcome::kTooComplex);
}

TEST(Sanitize, MemoryIsBounded) {
  SanitizeLimits limits = NoClock();
  limits.memory = 256 * 1024;
  EXPECT_EQ(Sanitize(Repeated("<p>x", 60000), limits).outcome, SanitizeOutcome::kTooComplex);
}

TEST(Sanitize, SpentCpuEndsTheParseInTheMiddle) {
  SanitizeLimits limits;
  limits.cpu = std::chrono::milliseconds(0);
  EXPECT_EQ(Sanitize(Repeated("<p>x", 60000), limits).outcome, SanitizeOutcome::kTooComplex);
}

// Documents on which gumbo needs quadratic time. Each must end with some answer: one of the limits stops it.
TEST(Sanitize, HostileDocumentsGetAnAnswer) {
  const std::string distinct = [] {
    std::string text;
    for (int i = 0; text.size() < 60000; ++i) text += "<b x=" + std::to_string(i) + ">";
    return text;
  }();
  const std::string attributes = [] {
    std::string text = "<p ";
    for (int i = 0; text.size() < 60000; ++i) text += "a" + std::to_string(i) + " ";
    return text + ">";
  }();
  const std::vector<std::string> documents = {
      distinct,
      attributes,
      "<svg>" + Repeated("<g>", 30000) + Repeated("</q>", 30000),
      "<math>" + Repeated("<mi>", 30000) + Repeated("</q>", 30000),
      Repeated("<b>", 30000) + Repeated("<p>", 30000),
      Repeated("<b><i><a><u></b></i><div>", 64000),
      "<table>" + Repeated("<b>", 30000) + Repeated("x<i>", 30000),
      Repeated("<a><b><div></a>", 64000),
      Repeated("<template>", 64000),
      Repeated("<font><table><td>", 64000),
      Repeated("<select><option>", 64000),
      Repeated("<!--", 64000),
      Repeated("&lt", 64000),
      Repeated("<h1><span>", 64000),
  };
  for (const std::string& html : documents) {
    const Sanitized result = Sanitize(html);
    EXPECT_EQ(StrictReader(result.html).fault(), "") << html.substr(0, 40);
  }
}

// Random tag soup from a fixed seed: what people and attackers mistype.
std::string Soup(std::mt19937& random, std::size_t parts) {
  static const std::vector<std::string> kParts = [] {
    std::vector<std::string> made = {
        "x",
        " ",
        "\n",
        "&",
        "&lt;",
        "&#13;",
        "&#10;",
        "\"",
        "'",
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "--!>",
        "<![CDATA[",
        "]]>",
        "<?",
        "=",
        "<a href='https://example.org/'>",
        "<a href=javascript:x>",
        "<img src='data:image/gif;base64,R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=' alt=y>",
        "<b title='</b><i>'>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mi>",
        "<mtext>",
        "<annotation-xml encoding=text/html>",
        "<foreignObject>",
        "<desc>",
        "<br/>",
        "<p/>",
        "<td colspan=2>",
        "<pre>\n\n",
        "<b ",
        "<p title=",
        "\xE2\x82\xAC",
        "\x01",
        "\f",
        "\r\n",
    };
    for (const char* name :
         {"p",       "b",        "i",      "a",        "div",       "span",     "table",    "tbody",      "thead",
          "tr",      "td",       "th",     "caption",  "col",       "colgroup", "ul",       "ol",         "li",
          "dl",      "dt",       "dd",     "h1",       "h2",        "pre",      "ruby",     "rt",         "rp",
          "details", "summary",  "form",   "button",   "select",    "option",   "textarea", "title",      "style",
          "script",  "noscript", "iframe", "template", "plaintext", "xmp",      "listing",  "nobr",       "font",
          "object",  "marquee",  "body",   "html",     "head",      "frameset", "center",   "blockquote", "code",
          "isindex", "image",    "input",  "hr",       "unknown",   "time",     "s",        "em"}) {
      made.push_back("<" + std::string(name) + ">");
      made.push_back("</" + std::string(name) + ">");
    }
    return made;
  }();
  std::string soup;
  std::uniform_int_distribution<std::size_t> pick(0, kParts.size() - 1);
  for (std::size_t i = 0; i < parts; ++i) soup += kParts[pick(random)];
  return soup;
}

TEST(Sanitize, TagSoupComesOutPlainAndUnchangedByASecondPass) {
  std::mt19937 random(20240229);
  const SanitizeLimits limits = NoClock();
  int clean = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string soup = Soup(random, 1 + i % 60);
    const Sanitized once = Sanitize(soup, limits);
    ASSERT_EQ(StrictReader(once.html).fault(), "") << soup;
    if (once.outcome != SanitizeOutcome::kClean) continue;
    ++clean;
    ASSERT_EQ(Sanitize(once.html, limits).html, once.html) << soup;
  }
  EXPECT_EQ(clean, 4000);
}

// A result is part of a page and must not change the meaning of what follows it.
TEST(Sanitize, WhatFollowsAResultIsReadAsIfItStoodAlone) {
  std::mt19937 random(42);
  const SanitizeLimits limits = NoClock();
  for (int i = 0; i < 1000; ++i) {
    const Sanitized first = Sanitize(Soup(random, 30), limits), second = Sanitize(Soup(random, 30), limits);
    const std::string page = "<div>" + first.html + "</div><div>" + second.html + "</div>";
    ASSERT_EQ(Sanitize(page, limits).html, page);
  }
}

}  // namespace
}  // namespace zoobar
