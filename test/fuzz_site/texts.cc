#include "fuzz_site/texts.h"

#include <utility>

namespace zoobar::fuzz_site {
namespace {

constexpr std::string_view kPrograms[] = {
    "print('<p>hello from a program')",
    "me = api.call('get_self')\nyou = api.call('get_visitor')\nprint('<p>', me, 'greets', you)",
    "for xfer in api.call('get_xfers', username=api.call('get_self'))[:20]:\n    print('<p>', xfer['amount'])",
    "print(api.call('get_user_info', username=api.call('get_visitor'))['zoobars'])",
    "api.call('xfer', target=api.call('get_visitor'), zoobars=1)\nprint('<p>paid')",
    "n = int(open('/data/n').read()) + 1 if __import__('os').path.exists('/data/n') else 0\n"
    "__import__('os').makedirs('/data', exist_ok=True)\nopen('/data/n', 'w').write(str(n))\nprint(n)",
    "print('<b>' * 2000)",
    "print('x' * 100000)",
    "raise ValueError('<script>fuzz0</script>')",
    "import sys\nsys.exit(3)",
    "import threading\n[threading.Thread(target=print, args=(i,)).start() for i in range(9)]",
    "open('/data' * 200, 'w')",
    "api.call('no_such_call')",
    "api.call('get_user_info', username='\\x00' * 5000)",
    "print('<img src=\"data:image/png;base64,iVBORw0KGgo=\">')",
    "x = 'a'\nwhile len(x) < 1 << 40: x += x",
};
// These cost time or are denied. A site serves them, but only a few of them in the time of a run.
constexpr std::string_view kBadPrograms[] = {
    "while True: pass",
    "import socket\nsocket.socket(socket.AF_INET)",
    "import os\nos.fork()",
    "import time\ntime.sleep(60)",
    "import ctypes\nctypes.string_at(0)",
};
constexpr std::string_view kPieces[] = {
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<i a=1>",
    "<a href=\"/zoobar/index.cgi/logout\">",
    "<a href=javascript:fuzz>",
    "</a>",
    "<script>fuzz1</script>",
    "<svg onload=fuzz>",
    "<svg><circle r=1></svg>",
    "<style>*{}</style>",
    "<table><tr><td>",
    "<form action=/zoobar/index.cgi/transfer method=post>",
    "<input name=recipient>",
    "<img src=x onerror=fuzz>",
    "<!-- ",
    " -->",
    "<![CDATA[",
    "]]>",
    "&lt;",
    "&#0;",
    "&#x110000;",
    "&amp",
    "<math><mi//xlink:href=\"data:x\">",
    "<iframe srcdoc='<script>fuzz2</script>'>",
    "<noscript><p title=\"</noscript><script>fuzz3</script>\">",
    "<template>",
    "<textarea>",
    "</textarea>",
    "<plaintext>",
    "<div id=\"profile\">",
    "</section>",
    "</main></body>",
    "\xff\xfe",
    "\xe2\x80\xae",
    "hello ",
    "&nbsp;",
    "<span id=\"zoobars\" class=\"1000000\">",
    "<h1>",
    "<br>",
    "\n",
};
// The beginnings of picture files, which are then filled with anything.
constexpr std::string_view kPictures[] = {
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg==",
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8U",
    "data:image/webp;base64,UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Ccircle r='9'/%3E%3C/svg%3E",
};
constexpr std::string_view kOddValues[] = {
    "",
    "0",
    "-1",
    "1",
    "1.5",
    "00001",
    "+1",
    "1e9",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "0x10",
    " 1",
    "1 ",
    "NaN",
    "true",
    "%",
    "%0",
    "%zz",
    "\xff",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "../../../etc/passwd",
    "/etc/passwd",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "/zoobar/index.cgi/logout",
    "javascript:fuzz",
    "<script>fuzz4</script>",
    "\"><script>fuzz5</script>",
    "{{ZOOBARS}}",
    "{{%AUTOESCAPE}}",
    "'; DROP TABLE accounts; --",
    "$(id)",
    "\r\nX-Fuzz: 1",
    "\nSet-Cookie: PyZoobarLogin=x",
    "\xe2\x80\xae"
    "abc",
    "accept",
    "decline",
    "withdraw",
    "offer",
    "json",
    "csv",
    "a=b&c=d",
    ";",
    "#",
    "\\",
    "\t",
};
constexpr std::pair<std::string_view, std::string_view> kHarmless[] = {
    {"Range", "bytes=0-9"},
    {"Range", "bytes=-5"},
    {"Range", "bytes=5-"},
    {"Range", "bytes=9-1"},
    {"Range", "bytes=0-0,2-3"},
    {"Range", "bytes=99999999-"},
    {"Range", "bytes=18446744073709551616-"},
    {"Range", "lines=1"},
    {"If-Range", "\"x\""},
    {"If-None-Match", "*"},
    {"If-None-Match", "\"x\", W/\"y\""},
    {"If-Match", "\"x\""},
    {"If-Match", "*"},
    {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {"If-Modified-Since", "Sun, 06 Nov 2994 08:49:37 GMT"},
    {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
    {"If-Modified-Since", "yesterday"},
    {"Accept-Encoding", "gzip"},
    {"Accept-Encoding", "gzip;q=0, *;q=1"},
    {"Accept-Encoding", "br, gzip;q=0.001"},
    {"Accept", "*/*"},
    {"TE", "trailers"},
    {"Upgrade", "h2c"},
    {"HTTP2-Settings", "AAMAAABkAARAAAAA"},
    {"X-Forwarded-For", "10.0.0.1, 10.0.0.2"},
    {"X-Forwarded-Proto", "https"},
    {"Forwarded", "for=10.0.0.1;proto=https"},
    {"traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"},
    {"traceparent", "00-0-0-0"},
    {"Upgrade-Insecure-Requests", "1"},
    {"Sec-Fetch-Mode", "navigate"},
    {"Sec-Fetch-Site", "same-origin"},
    {"Sec-Fetch-Site", "none"},
    {"User-Agent", "\xff\xfe<script>fuzz6</script>"},
    {"User-Agent", ""},
    {"Referer", "https://evil.example/"},
    {"DNT", "1"},
    {"Authorization", "Basic YTpi"},
    {"Cookie", "a=b"},
    {"Cookie", "PyZoobarLogin=; PyZoobarDevice"},
    {"Early-Data", "1"},
    {"Accept-Language", "de"},
    {"X-Request-Id", "1"},
};
constexpr std::pair<std::string_view, std::string_view> kHarmful[] = {
    {"Content-Length", "0"},
    {"Content-Length", "5"},
    {"Content-Length", "99999999"},
    {"Content-Length", "-1"},
    {"Content-Length", "+5"},
    {"Content-Length", "0x5"},
    {"Content-Length", "5, 5"},
    {"Content-Length", ""},
    {"Content-Length", "18446744073709551617"},
    {"Transfer-Encoding", "chunked"},
    {"Transfer-Encoding", "gzip, chunked"},
    {"Transfer-Encoding", "identity"},
    {"Transfer-Encoding", "chunked, chunked"},
    {"Transfer-Encoding", "xchunked"},
    {"Transfer-Encoding", "\tchunked"},
    {"Transfer-encoding", "CHUNKED"},
    {"Connection", "close"},
    {"Connection", "keep-alive, close"},
    {"Connection", "upgrade"},
    {"Connection", ""},
    {"Expect", "100-continue"},
    {"Expect", "200-ok"},
    {"Host", "evil.example"},
    {"Host", ""},
    {"Host", "a b"},
    {"Host", "[::1"},
    {"Host", "a:99999"},
    {"Origin", "https://evil.example"},
    {"Origin", "null"},
    {"Sec-Fetch-Site", "cross-site"},
    {"Content-Type", "multipart/form-data; boundary=x"},
    {"Content-Type", "text/plain"},
    {"Content-Type", ""},
    {"Content-Encoding", "gzip"},
    {"X-Null", "a\x01z"},
    {"X Space", "1"},
    {"", "no name"},
    {"X-Fold", "a\r\n b"},
    {"X-Bare", "a\rb"},
    {"X-Line", "a\nb: c"},
    {"X-Colon ", "1"},
    {":path", "/"},
    {"\xc3\xa9", "1"},
};

std::pair<std::string, std::string> Line(const std::pair<std::string_view, std::string_view>& line) {
  return {std::string(line.first), std::string(line.second)};
}

}  // namespace

std::string ProgramText(Random& random) {
  const bool bad = random.OneIn(60);
  std::string text = "#!python\n" + std::string(bad ? random.Pick(kBadPrograms) : random.Pick(kPrograms));
  if (random.OneIn(40)) text += "\n# " + std::string(random.Between(1000, 60000), '-');
  return text;
}

std::string HtmlText(Random& random) {
  constexpr std::size_t kMostHtml = 40000;  // encoded, at most what the body of a form may have
  std::string html;
  const std::size_t pieces = random.OneIn(30) ? random.Between(500, 3000) : random.Between(1, 40);
  for (std::size_t i = 0; i < pieces && html.size() < kMostHtml; ++i) html += random.Pick(kPieces);
  if (random.OneIn(3)) {
    std::string picture(random.Pick(kPictures));
    if (random.OneIn(2)) picture[random.Below(picture.size())] = random.Pick(random.Letters(8));
    html += "<img alt=x src=\"" + picture + "\">";
  }
  return html;
}

std::string OddValue(Random& random) {
  switch (random.Below(8)) {
    case 0:
      return random.Bytes(random.Between(1, 40));
    case 1:
      return std::string(random.OneIn(6) ? random.Between(1000, 140000) : random.Between(100, 300), random.Byte());
    case 2:
      return std::to_string(random.Below(3000));
    default:
      return std::string(random.Pick(kOddValues));
  }
}

std::pair<std::string, std::string> HarmlessLine(Random& random) {
  if (random.OneIn(12)) return {"X-Long-" + random.Letters(4), std::string(random.Between(1, 3000), 'v')};
  return Line(random.Pick(kHarmless));
}

std::pair<std::string, std::string> HarmfulLine(Random& random) {
  if (random.OneIn(12)) return {"X-Long", std::string(random.Between(8000, 20000), 'v')};
  return Line(random.Pick(kHarmful));
}

}  // namespace zoobar::fuzz_site
