#include "html/plain_text.h"

#include <gtest/gtest.h>

#include "credentials/cpu_time.h"
#include "html/sanitize.h"
#include "html/strict_reader.h"

namespace zoobar {
namespace {

TEST(PlainText, OutputWithoutATagIsShownAsItIs) {
  for (const auto& [output, shown] : std::initializer_list<std::pair<const char*, const char*>>{
           {"one\ntwo\n  three\n", "<pre>one\ntwo\n  three\n</pre>"},
           {"\nafter a blank line", "<pre>\n\nafter a blank line</pre>"},
           {"a < b & c > d, x<y and y>z", "<pre>a &lt; b &amp; c &gt; d, x&lt;y and y&gt;z</pre>"},
           {"<class 'int'> <__main__.Bird object>", "<pre>&lt;class 'int'&gt; &lt;__main__.Bird object&gt;</pre>"},
           {"if i<b: unclosed", "<pre>if i&lt;b: unclosed</pre>"},
           {"<map object at 0x7f>", "<pre>&lt;map object at 0x7f&gt;</pre>"},
           {"if x <b and c> d: pass", "<pre>if x &lt;b and c&gt; d: pass</pre>"},
       }) {
    const Sanitized result = SanitizeOutput(output);
    EXPECT_EQ(result.outcome, SanitizeOutcome::kClean);
    EXPECT_EQ(result.html, shown);
    EXPECT_TRUE(result.removed.empty());
  }
}

TEST(PlainText, NamesThatAProgramHasEscapedStayReadable) {
  EXPECT_EQ(SanitizeOutput("Hello, O&#x27;Brien &lt;3").html, "<pre>Hello, O'Brien &lt;3</pre>");
}

TEST(PlainText, OutputWithATagIsHtmlAsBefore) {
  for (const char* output :
       {"a\n<b>b</b>", "one<br>two", "</p>", "<!-- x -->a", "<SVG>x</SVG>", "<?xml?>", "<p\n>x", "<img src=x>", "<br/>",
        "<br />", "<details open>", "<ol\nreversed>", "<math><mi>x</mi></math>"}) {
    EXPECT_TRUE(HasHtmlTag(output)) << output;
    EXPECT_EQ(SanitizeOutput(output).html, Sanitize(output).html) << output;
  }
}

TEST(PlainText, AProfileThatIsNoProgramIsAlwaysHtml) { EXPECT_EQ(Sanitize("one\ntwo").html, "one\ntwo"); }

TEST(PlainText, OfTheLongestOutputAllIsShown) {
  for (const char c : {'x', '<', '>', '&', '"', '\n'}) {
    const std::string output(SanitizeLimits().input, c);
    const Sanitized result = SanitizeOutput(output);
    EXPECT_EQ(result.outcome, SanitizeOutcome::kClean) << c;
    EXPECT_GE(result.html.size(), output.size()) << c;
  }
  EXPECT_EQ(SanitizeOutput(std::string(SanitizeLimits().input + 1, 'x')).outcome, SanitizeOutcome::kTooLarge);
}

TEST(PlainText, WhateverIsPrintedBecomesNoMarkup) {
  for (const char* output :
       {"</pre", "<x></pre", "&lt;script&gt;alert(1)&lt;/script&gt;", "<y onclick=1>", "\x01<z>"}) {
    const std::string html = SanitizeOutput(output).html;
    EXPECT_EQ(StrictReader(html).fault(), "") << output;
    EXPECT_EQ(html.find("<script"), html.npos) << output;
    EXPECT_EQ(Sanitize(html).html, html) << "it does not change when it is cleaned again";
  }
}

// Each '<' may begin a tag that ends at the one '>', so the text must not be read again for each of them.
TEST(PlainText, ManyBeginningsOfTagsCostLittle) {
  for (const std::string begin : {"<b/", "<b/b_", "<", "</", "<a ", "<b open x", "<a open\n", "<a\t\t\t"}) {
    std::string output;
    while (output.size() + begin.size() < SanitizeLimits().input) output += begin;
    const double before = CpuMillis();
    (void)HasHtmlTag(output + ">");
    EXPECT_LT(CpuMillis() - before, 500) << begin;
  }
}

}  // namespace
}  // namespace zoobar
