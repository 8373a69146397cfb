#include "http/conditional.h"

#include <gtest/gtest.h>

#include <string>

#include "http/date.h"

namespace zoobar {
namespace {

constexpr std::int64_t kModified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

Selection Try(std::string_view fields, std::string_view method = "GET", std::uint64_t size = 1000) {
  const std::string text = std::string(method) + " / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  EXPECT_EQ(HeadParser(HttpLimits{}).Parse(text, &scanned, &head, &refusal), HeadParser::Outcome::kComplete);
  return Select(head, {"\"e1\"", kModified, size});
}

TEST(Conditional, WithoutConditionsTheWholeIsSent) {
  EXPECT_EQ(Try("").status, 200);
  EXPECT_EQ(Try("").size, 1000u);
}

TEST(Conditional, IfNoneMatchComparesWeaklyAndInLists) {
  EXPECT_EQ(Try("If-None-Match: \"e1\"\r\n").status, 304);
  EXPECT_EQ(Try("If-None-Match: W/\"e1\"\r\n").status, 304);
  EXPECT_EQ(Try("If-None-Match: \"a,b\", \"e1\"\r\n").status, 304);
  EXPECT_EQ(Try("If-None-Match: *\r\n").status, 304);
  EXPECT_EQ(Try("If-None-Match: \"e2\"\r\n").status, 200);
  EXPECT_EQ(Try("If-None-Match: e1\r\n").status, 200);
  EXPECT_EQ(Try("If-None-Match: \"e1\"\r\n", "HEAD").status, 304);
}

TEST(Conditional, IfNoneMatchOverridesIfModifiedSince) {
  EXPECT_EQ(Try("If-None-Match: \"e2\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status, 200);
}

TEST(Conditional, IfModifiedSinceComparesSeconds) {
  EXPECT_EQ(Try("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status, 304);
  EXPECT_EQ(Try("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n").status, 200);
  EXPECT_EQ(Try("If-Modified-Since: yesterday\r\n").status, 200);
}

// RFC 9110: 13.1.3, 13.1.4.
TEST(Conditional, ADateThatCameTwiceIsIgnored) {
  const std::string same = "Sun, 06 Nov 1994 08:49:37 GMT", before = "Sun, 06 Nov 1994 08:49:36 GMT";
  EXPECT_EQ(Try("If-Modified-Since: " + same + "\r\nIf-Modified-Since: " + same + "\r\n").status, 200);
  EXPECT_EQ(Try("If-Modified-Since: " + same + ", " + same + "\r\n").status, 200);
  EXPECT_EQ(Try("If-Unmodified-Since: " + before + "\r\nif-unmodified-since: " + before + "\r\n").status, 200);
  EXPECT_EQ(Try("If-Unmodified-Since: " + before + ", " + before + "\r\n").status, 200);
}

TEST(Conditional, ListsOfTagsMayComeInSeveralFieldsAndHaveEmptyMembers) {
  EXPECT_EQ(Try("If-None-Match: \"a\"\r\nIf-None-Match: \"e1\"\r\n").status, 304);
  EXPECT_EQ(Try("If-None-Match: , ,\"a\",,\t\"e1\",\r\n").status, 304);
  EXPECT_EQ(Try("If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n").status, 200);
  EXPECT_EQ(Try("If-Match: \"a\"\r\nIf-Match: \"e1\"\r\n").status, 200);
  EXPECT_EQ(Try("If-Match: \"a\"\r\nIf-Match: \"b\"\r\n").status, 412);
  EXPECT_EQ(Try("If-None-Match: \"\xc3\xa9\", \"e1\"\r\n").status, 304);
}

TEST(Conditional, IfMatchComparesStrongly) {
  EXPECT_EQ(Try("If-Match: \"e1\"\r\n").status, 200);
  EXPECT_EQ(Try("If-Match: W/\"e1\"\r\n").status, 412);
  EXPECT_EQ(Try("If-Match: \"e2\"\r\n").status, 412);
  EXPECT_EQ(Try("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n").status, 412);
}

struct RangeCase {
  const char* range;
  int status;
  std::uint64_t first, size;
};

TEST(Range, OneRangeIsCutOut) {
  for (const RangeCase& tried : {RangeCase{"bytes=0-0", 206, 0, 1},
                                 {"bytes=0-99", 206, 0, 100},
                                 {"bytes=900-", 206, 900, 100},
                                 {"bytes=990-5000", 206, 990, 10},
                                 {"bytes=-10", 206, 990, 10},
                                 {"bytes=-5000", 206, 0, 1000},
                                 {"bytes=1000-", 416, 0, 0},
                                 {"bytes=-0", 416, 0, 0},
                                 {"bytes=5-4", 200, 0, 1000},
                                 {"bytes=0-1,5-6", 200, 0, 1000},
                                 {"items=0-1", 200, 0, 1000},
                                 {"bytes=", 200, 0, 1000},
                                 {"bytes=-", 200, 0, 1000},
                                 {"bytes=+1-2", 200, 0, 1000},
                                 {"bytes=1-2x", 200, 0, 1000},
                                 {"bytes=0-99999999999999999999", 200, 0, 1000}}) {
    const Selection selection = Try("Range: " + std::string(tried.range) + "\r\n");
    EXPECT_EQ(selection.status, tried.status) << tried.range;
    if (tried.status == 416) continue;
    EXPECT_EQ(selection.first, tried.first) << tried.range;
    EXPECT_EQ(selection.size, tried.size) << tried.range;
  }
}

// RFC 9110: 13.1.5, 14.2.
TEST(Range, IsIgnoredWhereItOrItsConditionCameTwice) {
  EXPECT_EQ(Try("Range: bytes=0-1\r\nRange: bytes=0-1\r\n").status, 200);
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: \"e1\"\r\nIf-Range: \"e1\"\r\n").status, 200);
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: \"e1\", \"e1\"\r\n").status, 200);
}

TEST(Range, AnEmptyFileSatisfiesNone) { EXPECT_EQ(Try("Range: bytes=0-\r\n", "GET", 0).status, 416); }
TEST(Range, CountsForGetAlone) { EXPECT_EQ(Try("Range: bytes=0-1\r\n", "HEAD").status, 200); }

TEST(Range, IfRangeDecidesWhetherItCounts) {
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: \"e1\"\r\n").status, 206);
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: \"e2\"\r\n").status, 200);
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: W/\"e1\"\r\n").status, 200);
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n").status, 206);
  EXPECT_EQ(Try("Range: bytes=0-1\r\nIf-Range: Sun, 06 Nov 1994 08:49:38 GMT\r\n").status, 200);
}

TEST(AcceptEncoding, FollowsQualities) {
  const auto gzip = [](std::string value) {
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + value + "\r\n\r\n";
    RequestHead head;
    Refusal refusal;
    std::size_t scanned = 0;
    HeadParser(HttpLimits{}).Parse(text, &scanned, &head, &refusal);
    return AcceptsGzip(head);
  };
  EXPECT_TRUE(gzip("gzip"));
  EXPECT_TRUE(gzip("deflate, gzip;q=0.5, br"));
  EXPECT_TRUE(gzip("*"));
  EXPECT_TRUE(gzip("GZIP ; Q=1.000"));
  EXPECT_FALSE(gzip(""));
  EXPECT_FALSE(gzip("br"));
  EXPECT_FALSE(gzip("gzip;q=0"));
  EXPECT_FALSE(gzip("gzip;q=0.000, *"));
  EXPECT_FALSE(gzip("gzip;q=0.5, identity"));
  EXPECT_FALSE(gzip("gzip;q=2"));
  EXPECT_FALSE(gzip("gzip;q=junk"));
  EXPECT_FALSE(gzip("gzipx"));
}

TEST(ContentTypes, FollowTheEnding) {
  EXPECT_EQ(ContentType("/a/b.css"), "text/css; charset=utf-8");
  EXPECT_EQ(ContentType("/a.b/c"), "application/octet-stream");
  EXPECT_EQ(ContentType("/x.PNG"), "image/png");
}

TEST(Dates, AreWrittenAndReadBack) {
  EXPECT_EQ(FormatHttpDate(kModified), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kModified);
  for (std::int64_t second : {0LL, 951782400LL, 1709164800LL, 4102444799LL, 253402300799LL}) {
    EXPECT_EQ(ParseHttpDate(FormatHttpDate(second)), second);
  }
}

TEST(Dates, ThatDoNotExistAreRefused) {
  for (const char* bad :
       {"Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", ""}) {
    EXPECT_EQ(ParseHttpDate(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace zoobar
