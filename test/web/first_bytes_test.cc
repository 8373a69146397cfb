// kFirstBytes: so many bytes of a request hold no byte of the body of a request for login.
#include <gtest/gtest.h>

#include <string>

#include "http/head.h"
#include "web/page_role.h"

namespace zoobar {
namespace {

// Whether these bytes begin with the head of a request for the login page that has a body.
bool IsLoginWithBody(const std::string& bytes) {
  const HeadParser parser{HttpLimits()};
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  if (parser.Parse(bytes, &scanned, &head, &refusal) != HeadParser::Outcome::kComplete) return false;
  return head.has_body() && head.path() == "/zoobar/index.cgi/login";
}

TEST(FirstBytes, TheShortestHeadIsOne) {
  EXPECT_TRUE(IsLoginWithBody(std::string(kShortestHead)));
  EXPECT_TRUE(kShortestHead.ends_with("\r\n\r\n"));
}

// Every shorter head has one of these bytes less, or two: of each piece of the grammar the shortest is used already.
TEST(FirstBytes, NothingCanBeLeftOutOfIt) {
  for (std::size_t i = 0; i < kShortestHead.size(); ++i) {
    std::string shorter(kShortestHead);
    shorter.erase(i, 1);
    EXPECT_FALSE(IsLoginWithBody(shorter)) << shorter;
    for (std::size_t j = 0; j < shorter.size(); ++j) {
      std::string shortest = shorter;
      shortest.erase(j, 1);
      EXPECT_FALSE(IsLoginWithBody(shortest)) << shortest;
    }
  }
}

TEST(FirstBytes, NoOtherSpellingIsShorter) {
  for (const char* request :
       {"GET /zoobar/index.cgi/login\r\nContent-Length:1\r\n\r\n",         // no version (HTTP/0.9)
        "GET /zoobar/index.cgi/login HTTP/1.0\nContent-Length:1\n\n",      // lines end with LF alone
        "GET /zoobar/index.cgi/login HTTP/1.0\rContent-Length:1\r\r",      // or with CR alone
        "GET /zoobar/index.cgi/login HTTP/1\r\nContent-Length:1\r\n\r\n",  // a shorter version
        "G /zoobar/index.cgi/login HTTP/1.0\r\nContent-Length:1\r\n\r\n",  // a method that nobody knows
        "GET /zoobar/index.cgi/login HTTP/1.0\r\nl:1\r\n\r\n",             // a short form of the field, as in SIP
        "GET /zoobar/index.cgi/login HTTP/1.0\r\nTransfer-Encoding:chunked\r\n\r\n",  // chunks come with HTTP/1.1 alone
        "GET /zoobar/index.cgi/login HTTP/1.1\r\nContent-Length:1\r\n\r\n"}) {        // HTTP/1.1 has a Host
    EXPECT_FALSE(IsLoginWithBody(request)) << request;
  }
}

}  // namespace
}  // namespace zoobar
