#include "http/head.h"

#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

struct Parsed {
  HeadParser::Outcome outcome;
  RequestHead head;
  Refusal refusal;
};

Parsed Parse(std::string_view bytes, const HttpLimits& limits = {}) {
  Parsed parsed;
  std::size_t scanned = 0;
  parsed.outcome = HeadParser(limits).Parse(bytes, &scanned, &parsed.head, &parsed.refusal);
  return parsed;
}

std::string Get(std::string_view fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n"; }

TEST(Head, AnOrdinaryRequestIsReadWithoutCopying) {
  const std::string text =
      "POST /zoobar/index.cgi/login?x=1&y=%32 HTTP/1.1\r\nHost: example.org:8080\r\nContent-Length:  5 \r\n"
      "Cookie: PyZoobarLogin=abc\r\nEmpty:\r\n\r\nhello";
  const Parsed parsed = Parse(text);
  ASSERT_EQ(parsed.outcome, HeadParser::Outcome::kComplete) << parsed.refusal.text;
  EXPECT_EQ(parsed.head.method, HttpMethod::kPost);
  EXPECT_EQ(parsed.head.path(), "/zoobar/index.cgi/login");
  EXPECT_EQ(parsed.head.query(), "x=1&y=%32");
  EXPECT_EQ(parsed.head.host(), "example.org:8080");
  EXPECT_EQ(parsed.head.content_length, 5u);
  EXPECT_EQ(parsed.head.Field("cookie"), "PyZoobarLogin=abc");
  EXPECT_EQ(parsed.head.Field("empty"), "");
  EXPECT_EQ(parsed.head.Field("absent"), std::nullopt);
  EXPECT_EQ(parsed.head.size, text.size() - 5);
  EXPECT_TRUE(parsed.head.keep_alive);
  EXPECT_EQ(parsed.head.Field("cookie")->data(), text.data() + text.find("PyZoobarLogin"));
}

TEST(Head, MovesWithItsBytes) {
  const std::string text = "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n";
  Parsed parsed = Parse(text);
  const std::string copy = text;
  parsed.head.Rebase(copy.data());
  EXPECT_EQ(parsed.head.path().data(), copy.data() + 4);
  EXPECT_EQ(parsed.head.host(), "h");
}

TEST(Head, ArrivesByteByByte) {
  const std::string text = "GET /a HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
  std::size_t scanned = 0;
  RequestHead head;
  Refusal refusal;
  const HeadParser parser{HttpLimits{}};
  for (std::size_t size = 0; size < text.size(); ++size) {
    ASSERT_EQ(parser.Parse(std::string_view(text).substr(0, size), &scanned, &head, &refusal),
              HeadParser::Outcome::kIncomplete)
        << size << refusal.text;
  }
  ASSERT_EQ(parser.Parse(text, &scanned, &head, &refusal), HeadParser::Outcome::kComplete);
  EXPECT_EQ(head.path(), "/a");
}

struct Case {
  const char* name;
  std::string bytes;
  int status;  // 0: the request is served
};
void PrintTo(const Case& tried, std::ostream* out) { *out << tried.name; }

class Ambiguity : public testing::TestWithParam<Case> {};

TEST_P(Ambiguity, IsRefusedWithItsStatus) {
  const Case& tried = GetParam();
  const Parsed parsed = Parse(tried.bytes);
  if (tried.status == 0) {
    EXPECT_EQ(parsed.outcome, HeadParser::Outcome::kComplete) << parsed.refusal.text;
    return;
  }
  ASSERT_EQ(parsed.outcome, HeadParser::Outcome::kRefused);
  EXPECT_EQ(parsed.refusal.status, tried.status) << parsed.refusal.text;
  EXPECT_FALSE(parsed.refusal.text.empty());
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(RequestLines, Ambiguity,
                         testing::Values(Case{"Plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
                                         Case{"OneZeroWithoutHost", "GET / HTTP/1.0\r\n\r\n", 0},
                                         Case{"LeadingLineEnd", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"LeadingSpace", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"TlsHello", "\x16\x03\x01\x02", 400},
                                         Case{"DoubledSpaceAfterMethod", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"DoubledSpaceAfterTarget", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"TrailingSpace", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
                                         Case{"TabSeparated", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"NoVersion", "GET /\r\nHost: a\r\n\r\n", 400},
                                         Case{"NoTarget", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"VersionNine", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
                                         Case{"VersionOneTwo", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 0},
                                         Case{"VersionOneNine", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", 0},
                                         Case{"VersionOneTwoWithoutHost", "GET / HTTP/1.2\r\n\r\n", 400},
                                         Case{"VersionTwo", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
                                         Case{"Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
                                         Case{"LongVersion", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
                                         Case{"OtherProtocol", "GET / RTSP/1.0\r\nHost: a\r\n\r\n", 400},
                                         Case{"LowerCaseMethod", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                                         Case{"UnknownMethod", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
                                         Case{"MethodWithColon", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"Put", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
                                         Case{"Options", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
                                         Case{"Connect", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
                                         Case{"Trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
                                         Case{"BareLineFeedInLine", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
                                         Case{"BareCarriageReturnInLine", "GET / HTTP/1.1\rX\r\nHost: a\r\n\r\n", 400},
                                         Case{"NulInTarget", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
                                         Case{"HighByteInTarget", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"Fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"RelativeTarget", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"AsteriskForGet", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400}),
                         [](const auto& tried) { return tried.param.name; });

INSTANTIATE_TEST_SUITE_P(Targets, Ambiguity,
                         testing::Values(Case{"Absolute", "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", 0},
                                         Case{"AbsoluteWithoutPath", "GET HTTP://a HTTP/1.1\r\nHost: a\r\n\r\n", 0},
                                         Case{"AbsoluteWithoutHostField", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
                                         Case{"AbsoluteWithUser", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"AbsoluteWithoutName", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"OtherScheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"EncodedSlash", "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"EncodedNul", "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"EncodedLineFeed", "GET /a%0a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"BrokenEscape", "GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"EscapeOfNoDigit", "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"DotDot", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"DotDotAtTheEnd", "GET /a/.. HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"EncodedDotDot", "GET /%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"HalfEncodedDotDot", "GET /.%2e/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"SingleDot", "GET /./b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"ThreeDots", "GET /.../b HTTP/1.1\r\nHost: a\r\n\r\n", 0},
                                         Case{"Backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"EncodedBackslash", "GET /a%5cb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                                         Case{"DotsInQuery", "GET /a?../%zz HTTP/1.1\r\nHost: a\r\n\r\n", 0}),
                         [](const auto& tried) { return tried.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Framing, Ambiguity,
    testing::Values(
        Case{"Length", Get("Content-Length: 5\r\n"), 0}, Case{"Chunked", Get("Transfer-Encoding: chunked\r\n"), 0},
        Case{"ChunkedInCapitals", Get("Transfer-Encoding: CHUNKED\r\n"), 0},
        Case{"LengthAndChunked", Get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"ChunkedAndLength", Get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        Case{"TwoLengths", Get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        Case{"TwoEqualLengths", Get("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        Case{"LengthList", Get("Content-Length: 5, 5\r\n"), 400},
        Case{"SignedLength", Get("Content-Length: +5\r\n"), 400},
        Case{"NegativeLength", Get("Content-Length: -5\r\n"), 400},
        Case{"HexLength", Get("Content-Length: 0x5\r\n"), 400}, Case{"EmptyLength", Get("Content-Length:\r\n"), 400},
        Case{"SpacedLength", Get("Content-Length: 5 5\r\n"), 400},
        Case{"HugeLength", Get("Content-Length: 99999999999999999999\r\n"), 400},
        Case{"GzipChunked", Get("Transfer-Encoding: gzip, chunked\r\n"), 501},
        Case{"TwoCodingsAndChunked", Get("Transfer-Encoding: br ,gzip;q=1,\tCHUNKED\r\n"), 501},
        Case{"GzipAlone", Get("Transfer-Encoding: gzip\r\n"), 400},
        Case{"ChunkedGzip", Get("Transfer-Encoding: chunked, gzip\r\n"), 400},
        Case{"ChunkedGzipChunked", Get("Transfer-Encoding: chunked, gzip, chunked\r\n"), 400},
        Case{"NothingAndChunked", Get("Transfer-Encoding: , chunked\r\n"), 400},
        Case{"QuotedAndChunked", Get("Transfer-Encoding: gzip;a=\"b, chunked\r\n"), 400},
        Case{"GzipChunkedAndLength", Get("Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n"), 400},
        Case{"GzipChunkedOnOneZero", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
        Case{"LengthAndChunkedOnOneTwo",
             "POST / HTTP/1.2\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{"ChunkedChunked", Get("Transfer-Encoding: chunked, chunked\r\n"), 400},
        Case{"TwoEncodings", Get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Case{"Identity", Get("Transfer-Encoding: identity\r\n"), 400},
        Case{"ChunkedWithParameter", Get("Transfer-Encoding: chunked;a=b\r\n"), 400},
        Case{"QuotedChunked", Get("Transfer-Encoding: \"chunked\"\r\n"), 400},
        Case{"EmptyEncoding", Get("Transfer-Encoding:\r\n"), 400},
        Case{"ChunkedWithVerticalTab",
             Get("Transfer-Encoding: \x0b"
                 "chunked\r\n"),
             400},
        Case{"ChunkedOnOneZero", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{"Continue", Get("Expect: 100-continue\r\n"), 0}, Case{"OtherExpectation", Get("Expect: 200-ok\r\n"), 417},
        Case{"TwoExpectations", Get("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 400}),
    [](const auto& tried) { return tried.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Fields, Ambiguity,
    testing::Values(Case{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400}, Case{"TwoHosts", Get("Host: a\r\n"), 400},
                    Case{"TwoHostsOnOneZero", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
                    Case{"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
                    Case{"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
                    Case{"HostList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
                    Case{"HostWithUser", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
                    Case{"HostWithBadPort", "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", 400},
                    Case{"HostOfSix", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0},
                    Case{"SpaceBeforeColon", Get("A : b\r\n"), 400},
                    Case{"LengthSpaceBeforeColon", Get("Content-Length : 5\r\n"), 400},
                    Case{"FoldedLine", Get("A: b\r\n c\r\n"), 400}, Case{"TabFoldedLine", Get("A: b\r\n\tc\r\n"), 400},
                    Case{"FoldedLength", Get("Content-Length:\r\n 5\r\n"), 400},
                    Case{"SpaceBeforeFirstField", "GET / HTTP/1.1\r\n A: b\r\nHost: a\r\n\r\n", 400},
                    Case{"BareLineFeed", Get("A: b\nB: c\r\n"), 400},
                    Case{"BareLineFeedAtTheEnd", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
                    Case{"BareCarriageReturn", Get("A: b\rc\r\n"), 400}, Case{"NulInValue", Get("A: b\0c\r\n"s), 400},
                    Case{"NulInName", Get("A\0: b\r\n"s), 400}, Case{"HighByteInValue", Get("A: \xff\r\n"), 0},
                    Case{"HighByteInCookie", Get("Cookie: k=\xc3\xa9; b=1\r\n"), 0},
                    Case{"HighByteInHost", "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", 400},
                    Case{"HighByteInLength", Get("Content-Length: 5\xa0\r\n"), 400},
                    Case{"HighByteInEncoding", Get("Transfer-Encoding: chunked\xa0\r\n"), 400},
                    Case{"HighByteInExpect", Get("Expect: 100-continue\xa0\r\n"), 417},
                    Case{"EscapeInValue", Get("A: \x1b\r\n"), 400}, Case{"HighByteInName", Get("\xc3\xa4: b\r\n"), 400},
                    Case{"DelInValue", Get("A: \x7f\r\n"), 400}, Case{"NoColon", Get("Abc\r\n"), 400},
                    Case{"NoName", Get(": b\r\n"), 400}, Case{"NameWithBlank", Get("A b: c\r\n"), 400},
                    Case{"NameWithBracket", Get("A[b]: c\r\n"), 400}, Case{"TabInValue", Get("A: b\tc\r\n"), 0},
                    Case{"TwoTypes", Get("Content-Type: a\r\nContent-Type: b\r\n"), 400},
                    Case{"TwoOrigins", Get("Origin: a\r\nOrigin: b\r\n"), 400},
                    Case{"TwoCookies", Get("Cookie: a=1\r\nCookie: b=2\r\n"), 0},
                    Case{"TwoDates", Get("If-Modified-Since: a\r\nIf-Modified-Since: b\r\n"), 0},
                    Case{"TwoRanges", Get("Range: bytes=0-1\r\nRange: bytes=2-3\r\n"), 0},
                    Case{"TwoIfRanges", Get("If-Range: \"a\"\r\nIf-Range: \"b\"\r\n"), 0},
                    Case{"Upgrade", Get("Connection: Upgrade\r\nUpgrade: websocket\r\n"), 0}),
    [](const auto& tried) { return tried.param.name; });

TEST(Head, LimitsAreNamedInTheRefusal) {
  const Parsed line = Parse("GET /" + std::string(9000, 'a'));
  EXPECT_EQ(line.refusal.status, 414);
  EXPECT_NE(line.refusal.text.find("8192"), std::string::npos);
  const Parsed whole = Parse(Get("A: " + std::string(17000, 'a')));
  EXPECT_EQ(whole.refusal.status, 431);
  EXPECT_NE(whole.refusal.text.find("16384"), std::string::npos);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  const Parsed fields = Parse(Get(many));
  EXPECT_EQ(fields.refusal.status, 431);
  EXPECT_NE(fields.refusal.text.find("100"), std::string::npos);
}

TEST(Head, ExactlyAtItsLimitsIsServed) {
  HttpLimits limits;
  const std::string empty = Get("A: \r\n");
  EXPECT_EQ(Parse(Get("A: " + std::string(limits.head_bytes - empty.size(), 'a') + "\r\n")).outcome,
            HeadParser::Outcome::kComplete);
  EXPECT_EQ(Parse(Get("A: " + std::string(limits.head_bytes - empty.size() + 1, 'a') + "\r\n")).refusal.status, 431);
  std::string many;
  for (int i = 0; i < 99; ++i) many += "A: b\r\n";
  EXPECT_EQ(Parse(Get(many)).outcome, HeadParser::Outcome::kComplete);
}

TEST(Head, SixtyFourKibibytesAreRefusedBeforeTheyEnd) {
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(16384, 'a')).refusal.status, 431);
}

TEST(Head, PersistenceFollowsVersionAndConnection) {
  EXPECT_TRUE(Parse(Get("")).head.keep_alive);
  EXPECT_FALSE(Parse(Get("Connection: close\r\n")).head.keep_alive);
  EXPECT_FALSE(Parse(Get("Connection: foo, Close\r\n")).head.keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  EXPECT_TRUE(Parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").head.keep_alive);
}

TEST(Head, AnAbsoluteTargetNamesTheHost) {
  const Parsed parsed = Parse("GET http://b:81?q HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(parsed.head.host(), "b:81");
  EXPECT_EQ(parsed.head.path(), "/");
  EXPECT_EQ(parsed.head.query(), "q");
}

TEST(Head, ThePathIsDecodedOnce) {
  EXPECT_EQ(Parse("GET /a%20b/%c3%a4 HTTP/1.1\r\nHost: a\r\n\r\n").head.path(), "/a b/\xc3\xa4");
  EXPECT_EQ(Parse("GET /%252e HTTP/1.1\r\nHost: a\r\n\r\n").head.path(), "/%2e");
}

TEST(Head, AHostIsANameOrAnAddressWithAPort) {
  for (const char* host :
       {"a", "A.example-1.org", "a:", "a:80", "a:00080", "127.0.0.1", "127.0.0.1:65535", "a_b~c!$&'()*+;=", "%61%C3%a9",
        "1.2.3.999", "[::]", "[::1]:8080", "[2001:db8::1.2.3.4]", "[v1.fe:d]", "[vF.a]"}) {
    EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").head.host(), host) << host;
    const std::string text = "GET http://" + std::string(host) + "/x HTTP/1.1\r\nHost: a\r\n\r\n";
    const Parsed absolute = Parse(text);
    EXPECT_EQ(absolute.head.host(), host) << host;
  }
}

TEST(Head, WhatIsNoHostIsRefused) {
  for (const char* host : {":80",
                           "a:80:80",
                           "a:-1",
                           "a:65536",
                           "a:99999999999999999999",
                           "a b",
                           "a,b",
                           "a@b",
                           "a/b",
                           "a?b",
                           "a#b",
                           "a\\b",
                           "<a>",
                           "a\"b",
                           "a^b",
                           "a|b",
                           "`a`",
                           "{a}",
                           "%",
                           "%4",
                           "%zz",
                           "a%2",
                           "[",
                           "[]",
                           "]",
                           "[::1",
                           "::1",
                           "[::1]80",
                           "[::1]x",
                           "[1.2.3.4]",
                           "[:::]",
                           "[::g]",
                           "[::1%25eth0]",
                           "[12345::]",
                           "[v.a]",
                           "[v1]",
                           "[v1.]",
                           "[vg.a]",
                           "[v1.a]b",
                           "[a]",
                           "[::1]]",
                           "[[::1]]",
                           "\x80",
                           "a\tb"}) {
    const Parsed parsed = Parse("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
    EXPECT_EQ(parsed.outcome, HeadParser::Outcome::kRefused) << host;
    EXPECT_EQ(parsed.refusal.status, 400) << host;
    const std::string text = "GET http://" + std::string(host) + "/x HTTP/1.1\r\nHost: a\r\n\r\n";
    const Parsed absolute = Parse(text);
    EXPECT_TRUE(absolute.outcome == HeadParser::Outcome::kRefused || absolute.head.host() != host) << host;
  }
}

TEST(Head, LaterMinorVersionsAreReadAsOneOne) {
  for (const char* version : {"1.1", "1.2", "1.9"}) {
    const Parsed parsed = Parse("POST / HTTP/" + std::string(version) +
                                "\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    ASSERT_EQ(parsed.outcome, HeadParser::Outcome::kComplete) << parsed.refusal.text;
    EXPECT_EQ(parsed.head.minor_version, 1);
    EXPECT_TRUE(parsed.head.keep_alive);
    EXPECT_TRUE(parsed.head.chunked);
    EXPECT_TRUE(parsed.head.expects_continue);
  }
}

TEST(Head, BytesOver7fInAValueAreKeptAsTheyCame) {
  std::string every;
  for (int byte = 0x80; byte <= 0xff; ++byte) every += static_cast<char>(byte);
  const std::string text = Get("User-Agent: " + every + "\r\n");
  const Parsed parsed = Parse(text);
  ASSERT_EQ(parsed.outcome, HeadParser::Outcome::kComplete) << parsed.refusal.text;
  EXPECT_EQ(parsed.head.Field("user-agent"), every);
}

TEST(Head, MethodsThatNoPathAllowsAreKnownByTheirNames) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    const Parsed parsed = Parse(std::string(method) + " /a HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_EQ(parsed.outcome, HeadParser::Outcome::kComplete) << method;
    EXPECT_EQ(MethodName(parsed.head.method), method);
  }
}

TEST(Head, AFieldThatCameTwiceIsNoSingleOne) {
  const std::string text = Get("A: 1\r\nB: 2\r\na: 3\r\n");
  const Parsed parsed = Parse(text);
  EXPECT_EQ(parsed.head.Field("a"), "1");
  EXPECT_EQ(parsed.head.SingleField("a"), std::nullopt);
  EXPECT_EQ(parsed.head.SingleField("b"), "2");
  EXPECT_EQ(parsed.head.SingleField("c"), std::nullopt);
}

TEST(Head, ARefusalNeverRepeatsWhatWasSent) {
  EXPECT_EQ(Parse("GET /<script> HTTP/9.9\r\nHost: a\r\n\r\n").refusal.text.find("script"), std::string::npos);
}

}  // namespace
}  // namespace zoobar
