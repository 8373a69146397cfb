// Known attacks, each with exactly the text that must be left of it: what a reader should still see. The inputs are
// written from general knowledge of such attacks.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "html/sanitize.h"
#include "html/strict_reader.h"

namespace zoobar {
namespace {

// Debian 13's libgumbo follows a newer HTML standard: <isindex> has no meaning, and <p> and </p> end an <svg>.
constexpr bool kNewParser = ZOOBAR_NEW_HTML_PARSER;

struct Attack {
  std::string_view html, left;
};

constexpr Attack kAttacks[] = {
    {"<script>alert(1)</script>", ""},
    {"<ScRiPt>alert(1)</sCrIpT >x", "x"},
    {"<script src=//evil.example/x.js></script>", ""},
    {"<img src=x onerror=alert(1)>", ""},
    {R"~(<img src=x alt="a <b> cat" onerror=alert(1)>)~", "a &lt;b&gt; cat"},
    {"<IMG SRC=javascript:alert(1)>", ""},
    {R"~(<img src="/zoobar/index.cgi/logout" alt="out">)~", "out"},
    {R"~(<img src="http://127.0.0.1:8080/zoobar/index.cgi/logout">)~", ""},
    {R"~(<img src="//evil.example/p.gif">)~", ""},
    {R"~(<img src="data:image/svg+xml;base64,PHN2Zz4=" onload=alert(1)>)~",
     R"~(<img src="data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjwvc3ZnPg==">)~"},
    {R"~(<img src="data:image/png;base64,iVBORw0KGgo=" alt="only a signature">)~", "only a signature"},
    {R"~(<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC" alt=dot width=1 height="2" border=9>)~",
     R"~(<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC" alt="dot" width="1" height="2">)~"},
    {R"~(<img src="data:image/png;base64,iVBO&quot; onload=alert(1)">)~", ""},
    {R"~(<img src="DATA:Image/GIF;Base64,R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=">)~",
     R"~(<img src="data:image/gif;base64,R0lGODdhAgABAIEAAMgKCgAAAAAAAAAAACwAAAAAAgABAAAIBQABAAgIADs=">)~"},
    {R"~(<img src="data:text/html;base64,PHNjcmlwdD4=">)~", ""},
    {R"~(<img srcset="/zoobar/index.cgi/logout 1x" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC">)~",
     R"~(<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mM8wcXFwMAAAAUYAN7dtEW1AAAAAElFTkSuQmCC">)~"},
    {"<image src=x onerror=alert(1)>", ""},
    {R"~(<a href="javascript:alert(1)">x</a>)~", "x"},
    {R"~(<a href="JaVaScRiPt:alert(1)">x</a>)~", "x"},
    {R"~(<a href=" &#1; javascript:alert(1)">x</a>)~", "x"},
    {R"~(<a href="java&#9;script:alert(1)">x</a>)~", "x"},
    {R"~(<a href="java&#10;script:alert(1)">x</a>)~", "x"},
    {R"~(<a href="java&Tab;script:alert(1)">x</a>)~", "x"},
    {R"~(<a href="javascript&colon;alert(1)">x</a>)~", "x"},
    {R"~(<a href="&#x6A;avascript:alert(1)">x</a>)~", "x"},
    {R"~(<a href="vbscript:msgbox(1)">x</a>)~", "x"},
    {R"~(<a href="data:text/html,<script>alert(1)</script>">x</a>)~", "x"},
    {R"~(<a href="https:/zoobar/index.cgi/logout">x</a>)~", "x"},
    {R"~(<a href="http:zoobar">x</a>)~", "x"},
    {R"~(<a href="/zoobar/index.cgi/logout">x</a>)~", "x"},
    {R"~(<a href="//evil.example">x</a>)~", "x"},
    {R"~(<a href="\\evil.example">x</a>)~", "x"},
    {R"~(<a href="https:\\evil.example">x</a>)~", "x"},
    {R"~(<a href="https://good.example\@evil.example">x</a>)~", "x"},
    {R"~(<a href="https://good.example@evil.example/">x</a>)~", "x"},
    {R"~(<a href="HTTPS://Example.org/a?b=c&amp;d=%22#e">x</a>)~",
     R"~(<a href="https://Example.org/a?b=c&amp;d=%22#e" rel="nofollow noopener noreferrer ugc">x</a>)~"},
    {R"~(<a href="https://example.org/&quot;onmouseover=alert(1)">x</a>)~", "x"},
    {R"~(<a href="  https://example.org/  ">x</a>)~",
     R"~(<a href="https://example.org/" rel="nofollow noopener noreferrer ugc">x</a>)~"},
    {R"~(<a href="mailto:ann@example.org">x</a>)~",
     R"~(<a href="mailto:ann@example.org" rel="nofollow noopener noreferrer ugc">x</a>)~"},
    {R"~(<a href="mailto:ann@example.org?body=hi&attach=/etc/passwd">x</a>)~", "x"},
    {R"~(<a href="https://example.org" target="_top" rel="opener" ping="/x" download onclick=alert(1)>x</a>)~",
     R"~(<a href="https://example.org" rel="nofollow noopener noreferrer ugc">x</a>)~"},
    {R"~(<a name="balance">x</a>)~", "x"},
    {R"~(<a href="https://en.example/O'Brien">x</a>)~",
     R"~(<a href="https://en.example/O'Brien" rel="nofollow noopener noreferrer ugc">x</a>)~"},
    {R"~(<div id="profile" class="log" name=x style="position:fixed">x</div>)~", "<div>x</div>"},
    {"<span id=zoobars class=1000000>x</span>", "<span>x</span>"},
    {R"~(<table class="log"><tr><td>x</table>)~", "<table><tbody><tr><td>x</td></tr></tbody></table>"},
    {R"~(<form action="/zoobar/index.cgi/transfer" method=post><input name=zoobars value=10><button>Pay</button></form>)~",
     "Pay"},
    {R"~(<button formaction="javascript:alert(1)">x</button>)~", "x"},
    {"<input onfocus=alert(1) autofocus>x", "x"},
    {"<textarea autofocus onfocus=alert(1)></textarea>x", "x"},
    {"<select autofocus onfocus=alert(1)><option>x</select>y", "y"},
    {"<keygen autofocus onfocus=alert(1)>x", "x"},
    {"<isindex action=javascript:alert(1) prompt=x>", kNewParser ? "" : "<hr>x<hr>"},
    {"<iframe src=javascript:alert(1)></iframe>x", "x"},
    {R"~(<iframe srcdoc="<script>alert(1)</script>"></iframe>x)~", "x"},
    {"<object data=javascript:alert(1)>x</object>y", "y"},
    {"<embed src=javascript:alert(1)>y", "y"},
    {"<applet code=x>x</applet>y", "y"},
    {R"~(<meta http-equiv=refresh content="0;url=javascript:alert(1)">y)~", "y"},
    {"<link rel=stylesheet href=//evil.example/x.css>y", "y"},
    {"<base href=//evil.example/>y", "y"},
    {"<style>*{background:url(javascript:alert(1))}</style>y", "y"},
    {R"~(<style><img src="</style><img src=x onerror=alert(1)//">)~", ""},
    {"<body onload=alert(1)>x", "x"},
    {"<html onclick=alert(1)><head><title>t</title></head><body>x</body></html>", "x"},
    {"<svg onload=alert(1)>", ""},
    {"<svg><script>alert(1)</script></svg>x", "x"},
    {R"~(<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>y)~", "y"},
    {"<svg><animate attributeName=href values=javascript:alert(1) /></svg>y", "y"},
    {"<svg><style><img src=x onerror=alert(1)></style></svg>y", "y"},
    {R"~(<svg><p><style><img title="</style><img src onerror=alert(1)>">)~", kNewParser ? R"~(<p>"&gt;</p>)~" : ""},
    {R"~(<svg></p><style><a title="</style><img src onerror=alert(1)>">)~", kNewParser ? R"~(<p></p>"&gt;)~" : ""},
    {"<math><mtext><table><mglyph><style><math><img src onerror=alert(1)>", ""},
    {R"~(<math><mi xlink:href="javascript:alert(1)">x</mi></math>y)~", "y"},
    {"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", ""},
    {R"~(<math><annotation-xml encoding="text/html"><style><img src onerror=alert(1)>)~", ""},
    {"<svg><foreignObject><iframe srcdoc=x></foreignObject></svg>y", ""},
    {R"~(<noscript><p title="</noscript><img src=x onerror=alert(1)>">x</p></noscript>y)~", "y"},
    {"<template><script>alert(1)</script></template>y", "y"},
    {"<plaintext><b>x</b>", "&lt;b&gt;x&lt;/b&gt;"},
    {"<xmp><script>alert(1)</script></xmp>y", "y"},
    {"<listing>&lt;img src=x onerror=alert(1)&gt;</listing>", "&lt;img src=x onerror=alert(1)&gt;"},
    {"<noembed><script>alert(1)</script></noembed>y", "y"},
    {"<noframes><script>alert(1)</script></noframes>y", "y"},
    {"<title><script>alert(1)</script></title>y", "y"},
    {"<textarea><script>alert(1)</script></textarea>y", "y"},
    {"<video><source onerror=alert(1)></video>y", "y"},
    {"<audio src=x onerror=alert(1)>y", ""},
    {"<details open ontoggle=alert(1)><summary>s</summary>x</details>",
     R"~(<details open=""><summary>s</summary>x</details>)~"},
    {"<marquee onstart=alert(1)>x</marquee>", "x"},
    {"<bgsound src=javascript:alert(1)>y", "y"},
    {"<frameset onload=alert(1)><frame src=x></frameset>", ""},
    {"<!-- <b>x</b> -->y", "y"},
    {"<!--[if IE]><script>alert(1)</script><![endif]-->y", "y"},
    {"<!--><img src=x onerror=alert(1)>-->", "--&gt;"},
    {"<!--x--!><img src=x onerror=alert(1)>-->", "--&gt;"},
    {"<![CDATA[<script>alert(1)</script>]]>", "alert(1)]]&gt;"},
    {R"~(<?xml version="1.0"?>y)~", "y"},
    {R"~(<!DOCTYPE html [<!ENTITY x "y">]>z)~", "]&gt;z"},
    {"</div></div></body></html><script>alert(1)</script>y", "y"},
    {"</p></br></span>y", "<p></p><br>y"},
    {"<b><i>x</b>y</i>", "<b><i>x</i></b><i>y</i>"},
    {"<p>a<p>b<div>c", "<p>a</p><p>b</p><div>c</div>"},
    {"<b><p>x</b>y</p>", "<b></b><p><b>x</b>y</p>"},
    {"<table><b>x</b><tr><td>y", "<b>x</b><table><tbody><tr><td>y</td></tr></tbody></table>"},
    {"<table><tr><img src=x onerror=alert(1)><td>y</table>", "<table><tbody><tr><td>y</td></tr></tbody></table>"},
    {R"~(<a href="https://a.example"><a href="https://b.example">x</a></a>)~",
     R"~(<a href="https://a.example" rel="nofollow noopener noreferrer ugc"></a><a href="https://b.example" rel="nofollow noopener noreferrer ugc">x</a>)~"},
    {"<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"},
    {"<dl><dt>a<dd>b</dl>", "<dl><dt>a</dt><dd>b</dd></dl>"},
    {"<x-frame onclick=alert(1)>x</x-frame>", "x"},
    {R"~(<b onclick="alert(1)" ONMOUSEOVER=alert(1)>x</b>)~", "<b>x</b>"},
    {"<b/onclick=alert(1)>x</b>", "<b>x</b>"},
    {R"~(<b title="`onmouseover=alert(1)">x</b>)~", R"~(<b title="&#96;onmouseover=alert(1)">x</b>)~"},
    {R"~(<b title='"><script>alert(1)</script>'>x</b>)~",
     R"~(<b title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">x</b>)~"},
    {R"~(<b lang="de-AT" dir=RTL>x</b>)~", R"~(<b lang="de-AT" dir="rtl">x</b>)~"},
    {R"~(<b lang='x" onclick="alert(1)' dir=sideways>x</b>)~", "<b>x</b>"},
    {"<ol start=3 type=a reversed><li value=-2>x</ol>",
     R"~(<ol start="3" type="a" reversed=""><li value="-2">x</li></ol>)~"},
    {"<td>x</td><tr><caption>y", "xy"},
    {"<table><caption>c<thead><tr><th scope=col colspan=2 rowspan=999999>h<tbody><tr><td colspan=0>d</table>",
     R"~(<table><caption>c</caption><thead><tr><th colspan="2" scope="col">h</th></tr></thead><tbody><tr><td>d</td></tr></tbody></table>)~"},
    {R"~(<time datetime="2024-01-01T00:00:00Z">x</time><time datetime="<x>">y</time>)~",
     R"~(<time datetime="2024-01-01T00:00:00Z">x</time><time>y</time>)~"},
    {"&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {R"~(a &amp; b &copy; c &notit; d < e > f "g" 'h')~", R"~(a &amp; b © c ¬it; d &lt; e &gt; f "g" 'h')~"},
    {"&#x3C;img src=x onerror=alert(1)&#x3E;", "&lt;img src=x onerror=alert(1)&gt;"},
    {"<<script>alert(1)//<</script>", "&lt;"},
    {"<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"},
    {R"~(<img """><script>alert(1)</script>">)~", R"~("&gt;)~"},
    {R"~(<a href="https://example.org/<script>">x</a>)~", "x"},
    {"<ruby>x<rp>(</rp><rt>y</rt><rp>)</rp></ruby>", "<ruby>x<rp>(</rp><rt>y</rt><rp>)</rp></ruby>"},
    {"<h1><h2>x</h2></h1>", "<h1></h1><h2>x</h2>"},
    {"<p><button><div>x</div></button></p>", "<p></p><div>x</div><p></p>"},
    {"<p><object><p>x</object>y", "<p>y</p>"},
    {"<nobr>a<nobr>b", "ab"},
    {"<select><style></select><img src=x onerror=alert(1)></style>", ""},
    {"<table><td><form><tr>x", "x<table><tbody><tr><td></td></tr><tr></tr></tbody></table>"},
    {"{{BALANCE}} <b>{{/X}}</b>", "{{BALANCE}} <b>{{/X}}</b>"},
    {"<dialog open>x</dialog>", "x"},
    {"<slot name=x>y</slot>", "y"},
    {"<portal src=x>y</portal>", "y"},
    {"<fencedframe src=x>y</fencedframe>", "y"},
    {"<br></br><br/>x", "<br><br><br>x"},
    {"<hr size=1>x", "<hr>x"},
    {"<col><colgroup><col span=2>", ""},
    {"<font color=red>x</font>", "x"},
    {"<center>x</center>", "x"},
    {R"~(<math href="javascript:alert(1)">CLICK</math>x)~", "x"},
    {"<svg><desc><p>x</p></desc></svg>y", "y"},
    {"<option><style></option></select><img src=x onerror=alert(1)></style>", ""},
    {"<desc><b>x</b></desc>", "<b>x</b>"},
};

class Attacks : public testing::TestWithParam<Attack> {};

TEST_P(Attacks, OnlyWhatIsAllowedIsLeft) {
  const Sanitized result = Sanitize(GetParam().html);
  ASSERT_EQ(result.outcome, SanitizeOutcome::kClean);
  EXPECT_EQ(result.html, GetParam().left);
}

TEST_P(Attacks, TheRestIsPlainForAnyParser) {
  const Sanitized result = Sanitize(GetParam().html);
  EXPECT_EQ(StrictReader(result.html).fault(), "");
  EXPECT_EQ(Sanitize(result.html).html, result.html);
}

// The same attack must also fail inside another element, where the parser may be in another state.
TEST_P(Attacks, NeitherDoTheyPassFromInsideOthers) {
  static constexpr std::string_view kAround[] = {
      "<p>",        "<b>",        "<table>",     "<table><tr>", "<table><tr><td>", "<select>",
      "<svg>",      "<math><mi>", "<svg><desc>", "<ul><li>",    "<title>",         "<style>",
      "<noscript>", "<template>", "<!--",        "<plaintext>", "<a title='",      "<svg><title>",
  };
  for (const std::string_view around : kAround) {
    const std::string html = std::string(around) + std::string(GetParam().html);
    const Sanitized result = Sanitize(html);
    ASSERT_EQ(result.outcome, SanitizeOutcome::kClean) << html;
    const StrictReader reader(result.html);
    EXPECT_EQ(reader.fault(), "") << html;
    for (const std::string& name : reader.attributes()) {
      EXPECT_FALSE(name.starts_with("on") || name == "style" || name == "id" || name == "class" || name == "name")
          << html;
    }
    for (const std::string& address : reader.addresses()) {
      EXPECT_TRUE(address.starts_with("https://") || address.starts_with("http://") || address.starts_with("mailto:") ||
                  address.starts_with("data:image/"))
          << address;
    }
    for (const char* element :
         {"script", "style", "iframe", "svg", "math", "form", "input", "base", "meta", "template", "object"}) {
      EXPECT_FALSE(reader.elements().contains(element)) << html;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sanitize, Attacks, testing::ValuesIn(kAttacks));

}  // namespace
}  // namespace zoobar
