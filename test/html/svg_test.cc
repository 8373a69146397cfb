// SVG pictures: each attack with exactly what must be left of it.
#include "html/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

std::optional<std::string> Clean(std::string_view file) {
  const ParseBudget budget(32 << 20, std::chrono::hours(1));
  std::optional<Picture> picture = CleanSvg(file, budget);
  if (!picture) return {};
  return picture->bytes;
}

std::string Svg(const std::string& content) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">" + content + "</svg>";
}

struct Attack {
  std::string_view content, left;
};

constexpr Attack kAttacks[] = {
    {"<script>alert(1)</script><g/>", "<g></g>"},
    {"<script href='data:,alert(1)'/><g/>", "<g></g>"},
    {"<script><![CDATA[alert(1)]]></script><g></g>", "<g></g>"},
    {"<g onload='alert(1)' onclick=x onbegin=x></g>", "<g></g>"},
    {"<a href='javascript:alert(1)'><text>x</text></a>", ""},
    {"<a xlink:href='javascript:alert(1)'><rect/></a>", ""},
    {"<foreignObject><body onload='alert(1)'/></foreignObject>", ""},
    {"<foreignObject><iframe src='https://evil.example'/></foreignObject>", ""},
    {"<image href='https://evil.example/pixel.png'/>", ""},
    {"<image xlink:href='data:image/svg+xml;base64,PHN2Zz4='/>", ""},
    {"<feImage href='https://evil.example/x'/>", ""},
    {"<use href='https://evil.example/x.svg#a'/>", "<use></use>"},
    {"<use xlink:href='data:image/svg+xml,x#a'/>", "<use></use>"},
    {"<rect fill='url(https://evil.example/x#a)'/>", "<rect></rect>"},
    {"<rect fill='url(\"#a\")'/>", "<rect></rect>"},
    {"<rect style='fill: red; background: url(https://evil.example)'/>", "<rect fill=\"red\"></rect>"},
    {"<rect style='fill:url(//evil.example/x)'/>", "<rect></rect>"},
    {"<rect style='fill: expression(alert(1)); stroke: blue'/>", "<rect stroke=\"blue\"></rect>"},
    {"<rect fill='image-set(x)' stroke='env(x)' opacity='attr(x)' color='var(--x)'/>", "<rect></rect>"},
    {"<style>@import 'https://evil.example/x.css'; * { fill: red }</style>", ""},
    {"<link href='https://evil.example' rel=stylesheet />", ""},
    {"<animate attributeName='href' values='javascript:alert(1)'/>", ""},
    {"<set attributeName='onload' to='alert(1)'/>", ""},
    {"<animateTransform repeatCount='indefinite'/>", ""},
    {"<filter id='f'><feGaussianBlur stdDeviation='9999'/></filter><rect filter='url(#f)'/>", "<rect></rect>"},
    {"<pattern id='p' width='.001' height='.001'><rect/></pattern>", ""},
    {"<mask id='m'><rect/></mask><rect mask='url(#m)'/>", "<rect></rect>"},
    {"<marker id='m'><path d='M0'/></marker><path d='M0' marker-start='url(#m)'/>", "<path d=\"M0\"></path>"},
    {"<svg width='99999'><g/></svg>", ""},
    {"<switch><g/></switch>", ""},
    {"<iframe src=x></iframe>", ""},
    {"<p><script>alert(1)</script></p>", ""},
    {"<math><mtext><img src=x onerror=alert(1)></mtext></math>", ""},
    {"<!-- <script>alert(1)</script> --><g/>", "<g></g>"},
    {"<?xml-stylesheet href='https://evil.example'?><g/>", "<g></g>"},
    {"<title>a &lt;script&gt; &amp;c</title>", "<title>a &lt;script&gt; &amp;c</title>"},
    {"<text x='1\" onload=\"x' y='2'>a</text>", "<text y=\"2\">a</text>"},
    {"<g id='a\"b'/><g id='x y'/><g id='ok-1'/>", "<g></g><g></g><g id=\"ok-1\"></g>"},
    {"<g transform='translate(1,2) rotate(3)'/><g transform='url(#a)'/>",
     "<g transform=\"translate(1,2) rotate(3)\"></g><g></g>"},
    {"<LinearGradient id='g'><STOP offset='1' style='stop-color:#fff'/></LinearGradient><rect fill='url(#g)'/>",
     "<linearGradient id=\"g\"><stop offset=\"1\" stop-color=\"#fff\"></stop></linearGradient><rect "
     "fill=\"url(#g)\"></rect>"},
    {"<use href='#self' id='self'/>", "<use id=\"self\"></use>"},
    {"<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
     "<g id=\"a\"><use></use></g><g id=\"b\"><use></use></g>"},
    {"<defs><path id='p' d='M0 0L1,1z'/></defs><use xlink:href='#p' x='3'/>",
     "<defs><path id=\"p\" d=\"M0 0L1,1z\"></path></defs><use href=\"#p\" x=\"3\"></use>"},
    {"<clipPath id='c'><rect/></clipPath><g clip-path='url(#c)'/>",
     "<clipPath id=\"c\"><rect></rect></clipPath><g clip-path=\"url(#c)\"></g>"},
};

class SvgAttacks : public testing::TestWithParam<Attack> {};

TEST_P(SvgAttacks, OnlyWhatIsAllowedIsLeft) {
  const auto cleaned = Clean(Svg(std::string(GetParam().content)));
  ASSERT_TRUE(cleaned);
  EXPECT_EQ(*cleaned, Svg(std::string(GetParam().left)));
  EXPECT_EQ(Clean(*cleaned), cleaned);
}

INSTANTIATE_TEST_SUITE_P(Html, SvgAttacks, testing::ValuesIn(kAttacks));

TEST(Svg, EntitiesAndOtherDocumentsAreRefused) {
  for (const char* file : {"", "x", "<p>x</p>", "text before <svg></svg>", "<math></math>", "\xFF<svg></svg>",
                           "<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><svg><text>&b;</text></svg>",
                           "<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><svg><text>&x;</text></svg>"}) {
    EXPECT_FALSE(Clean(file)) << file;
  }
}

TEST(Svg, WhatProgramsForDrawingWriteComesThrough) {
  const auto cleaned = Clean(
      "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\"\n"
      " \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n<svg xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
      "width=\"72pt\" height=\"36pt\" viewBox=\"0 0 72 36\" xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\">\n"
      "<metadata><rdf:RDF></rdf:RDF></metadata>\n<g id=\"line_1\"><path d=\"M 1 2 L 3 4\" clip-path=\"url(#c)\" "
      "style=\"fill: none; stroke: #1f77b4; stroke-width: 1.5\"/></g>\n"
      "<defs><clipPath id=\"c\"><rect x=\"1\" y=\"2\" width=\"3\" height=\"4\"/></clipPath></defs></svg>\n");
  EXPECT_EQ(
      cleaned,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"96\" height=\"48\" viewBox=\"0 0 72 36\"><g id=\"line_1\">"
      "<path d=\"M 1 2 L 3 4\" clip-path=\"url(#c)\" fill=\"none\" stroke=\"#1f77b4\" stroke-width=\"1.5\"></path>"
      "</g><defs><clipPath id=\"c\"><rect x=\"1\" y=\"2\" width=\"3\" height=\"4\"></rect></clipPath></defs></svg>");
}

TEST(Svg, SizesAreBounded) {
  const auto sized = [](const std::string& attributes) { return Clean("<svg " + attributes + "></svg>").has_value(); };
  EXPECT_TRUE(sized("width=4096 height=2048"));
  EXPECT_TRUE(sized("width=100% height=100%"));
  for (const char* attributes : {"width=4097 height=1", "width=1e9 height=1e9", "width=4096 height=4096",
                                 "width=50in height=1", "width=99999999999999999999 height=1"}) {
    EXPECT_FALSE(sized(attributes)) << attributes;
  }
}

// Ten parts, each of which draws the next ten times, would be ten thousand million shapes.
TEST(Svg, PartsThatDrawPartsAreNotDrawn) {
  std::string bomb = "<g id='p0'><path d='M0'/></g>";
  for (int i = 1; i <= 10; ++i) {
    bomb += "<g id='p" + std::to_string(i) + "'>";
    for (int k = 0; k < 10; ++k) bomb += "<use href='#p" + std::to_string(i - 1) + "'/>";
    bomb += "</g>";
  }
  const auto cleaned = Clean(Svg(bomb));
  ASSERT_TRUE(cleaned);
  EXPECT_THAT(*cleaned, HasSubstr("href=\"#p0\""));
  EXPECT_THAT(*cleaned, Not(HasSubstr("href=\"#p1\"")));
}

TEST(Svg, TheShapesThatAreDrawnAreBounded) {
  const auto with = [](int shapes, int times) {
    std::string content = "<g id='p'>";
    for (int i = 0; i < shapes; ++i) content += "<rect/>";
    content += "</g>";
    for (int i = 0; i < times; ++i) content += "<use href='#p'/>";
    return Clean(Svg(content)).has_value();
  };
  EXPECT_TRUE(with(100, 100));
  EXPECT_FALSE(with(300, 300));
  std::string deep;
  for (int i = 0; i < kMaxSvgDepth + 5; ++i) deep += "<g>";
  EXPECT_FALSE(Clean(Svg(deep)));
}

// A browser needs as long for a path of many bytes as for many shapes.
TEST(Svg, ALongPathOrTextThatIsDrawnAgainCountsByItsBytes) {
  const auto with = [](const std::string& part, int times) {
    std::string content = part;
    for (int i = 0; i < times; ++i) content += "<use href='#p'/>";
    return Clean(Svg(content)).has_value();
  };
  const std::string line(24'000, '1');
  EXPECT_TRUE(with("<path id='p' d='M" + line + "'/>", 10));
  EXPECT_FALSE(with("<path id='p' d='M" + line + "'/>", 20));
  EXPECT_FALSE(with("<text id='p'>" + line + "</text>", 20));
  EXPECT_FALSE(with("<g id='p'><path d='M" + line + "'/></g>", 20));
}

TEST(Svg, DashesAreRemovedBecauseAFewBytesCanDrawMillions) {
  EXPECT_EQ(*Clean(Svg("<path d='M0 0H9' stroke-dasharray='.001' style='stroke-dashoffset: 1; stroke: red'/>")),
            Svg("<path d=\"M0 0H9\" stroke=\"red\"></path>"));
}

TEST(Svg, APictureThatHasOnlyAViewBoxGetsASize) {
  const auto size = [](const std::string& box) {
    const std::string cleaned = *Clean("<svg viewBox='" + box + "'/>");
    const std::size_t begin = cleaned.find(" width=");
    return cleaned.substr(begin, cleaned.find(" viewBox") - begin);
  };
  EXPECT_EQ(size("0 0 100 100"), " width=\"300\" height=\"300\"");
  EXPECT_EQ(size(" 0,0, 200 , 100 "), " width=\"300\" height=\"150\"");
  for (const char* box : {"0 0 1 100000", "0 0 inf 1", "0 0 nan nan", "0 0 -1 -9", "0 0 0 0", "rubbish", "", "0 0 1"})
    EXPECT_EQ(size(box), " width=\"300\" height=\"150\"") << box;
}

TEST(Svg, ASpentBudgetRefusesThePicture) {
  const ParseBudget none(1024, std::chrono::hours(1));
  EXPECT_FALSE(CleanSvg(Svg("<g/>"), none));
}

TEST(Svg, TagSoupComesOutPlainAndUnchangedByASecondPass) {
  std::mt19937 random(3);
  constexpr std::string_view kParts[] = {"<g>",
                                         "</g>",
                                         "<text>",
                                         "</text>",
                                         "<path d='M0 0'/>",
                                         "<script>",
                                         "</script>",
                                         "<style>",
                                         "</style>",
                                         "<svg>",
                                         "</svg>",
                                         "<title>",
                                         "</title>",
                                         "<foreignObject>",
                                         "<p>",
                                         "<b>",
                                         "<!--",
                                         "-->",
                                         "<![CDATA[",
                                         "]]>",
                                         "&lt;",
                                         "&#60;",
                                         "\"",
                                         "'",
                                         "<use href='#a'/>",
                                         "<g id=a>",
                                         "<a href='#a'>",
                                         "x",
                                         "<desc>",
                                         "</desc>",
                                         "<table>",
                                         "<select>",
                                         "<math>",
                                         "<annotation-xml",
                                         "\x01",
                                         "\xEF\xBF\xBF"};
  for (int i = 0; i < 5000; ++i) {
    std::string soup = "<svg width=9 height=9>";
    for (int part = 0; part < 1 + i % 40; ++part) soup += kParts[random() % std::size(kParts)];
    const auto once = Clean(soup);
    if (!once) continue;
    ASSERT_THAT(*once, Not(HasSubstr("<script")));
    ASSERT_THAT(*once, Not(HasSubstr("<style")));
    // A part that draws nothing after the first pass may be drawn from after it, so the text settles by the second.
    const auto twice = Clean(*once);
    ASSERT_TRUE(twice) << soup;
    ASSERT_EQ(Clean(*twice), twice) << soup;
  }
}

}  // namespace
}  // namespace zoobar
