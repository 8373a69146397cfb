#include "web/rules.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

bool CrossSite(const std::string& fields) {
  const std::string bytes =
      "POST /zoobar/index.cgi/transfer HTTP/1.1\r\nHost: zoobar.example:8080\r\n" + fields + "\r\n";
  const HeadParser parser{HttpLimits()};
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  EXPECT_EQ(parser.Parse(bytes, &scanned, &head, &refusal), HeadParser::Outcome::kComplete) << refusal.text;
  return IsCrossSite(head);
}

TEST(IsCrossSite, LetsOwnFormsAndScriptsThrough) {
  EXPECT_FALSE(CrossSite("")) << "no browser";
  EXPECT_FALSE(CrossSite("Origin: http://zoobar.example:8080\r\n"));
  EXPECT_FALSE(CrossSite("Origin: https://ZOOBAR.example:8080\r\n")) << "a proxy may speak TLS for us";
  EXPECT_FALSE(CrossSite("Sec-Fetch-Site: same-origin\r\n"));
  EXPECT_FALSE(CrossSite("Sec-Fetch-Site: none\r\n"));
  EXPECT_FALSE(CrossSite("Sec-Fetch-Site: same-origin\r\nOrigin: http://zoobar.example:8080\r\n"));
}

TEST(IsCrossSite, RefusesEverybodyElse) {
  for (const char* fields :
       {"Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: \r\n", "Origin: http://zoobar.example\r\n",
        "Origin: http://zoobar.example:8080.evil.example\r\n", "Origin: zoobar.example:8080\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Sec-Fetch-Site: \r\n",
        "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example\r\n",
        "Sec-Fetch-Site: cross-site\r\nOrigin: http://zoobar.example:8080\r\n"}) {
    EXPECT_TRUE(CrossSite(fields)) << fields;
  }
}

TEST(LocalOrHome, KeepsPathsOfThisSite) {
  for (const char* next : {"/", "/zoobar/index.cgi/transfer", "/zoobar/index.cgi/users?user=a%20b&x=//y"}) {
    EXPECT_EQ(LocalOrHome(next), next);
  }
}

TEST(LocalOrHome, NeverLeavesTheSite) {
  for (std::string_view next :
       {std::string_view(""), std::string_view("//evil.example"), std::string_view("/\\evil.example"),
        std::string_view("http://evil.example/"), std::string_view("evil"), std::string_view("\\\\evil"),
        std::string_view("/\t/evil"), std::string_view("/a\r\nSet-Cookie: x"), std::string_view("/a\0b", 4),
        std::string_view("/\xc3\xa4"), std::string_view(" /a")}) {
    EXPECT_EQ(LocalOrHome(next), kHomePath) << next;
  }
}

std::string LoginForLine(const std::string& line) {
  const std::string bytes = line + " HTTP/1.1\r\nHost: a\r\n\r\n";
  const HeadParser parser{HttpLimits()};
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  EXPECT_EQ(parser.Parse(bytes, &scanned, &head, &refusal), HeadParser::Outcome::kComplete) << refusal.text;
  return LoginFor(head);
}

TEST(LoginFor, ComesBackToThePageAskedFor) {
  EXPECT_EQ(LoginForLine("GET /zoobar/index.cgi/users?user=a%26b&x=1"),
            "/zoobar/index.cgi/login?nexturl=/zoobar/index.cgi/users%3Fuser%3Da%2526b%26x%3D1");
  EXPECT_EQ(LoginForLine("POST /zoobar/index.cgi/transfer?x=1"),
            "/zoobar/index.cgi/login?nexturl=/zoobar/index.cgi/transfer");
}

TEST(TokenOrNothing, LetsNothingThroughThatIsNoToken) {
  EXPECT_EQ(TokenOrNothing("Az09-_"), "Az09-_");
  for (const char* text : {"a b", "a\"", "a=", "a;b", "a%20"}) EXPECT_EQ(TokenOrNothing(text), "") << text;
  EXPECT_EQ(TokenOrNothing(std::string(65, 'a')), "");
}

}  // namespace
}  // namespace zoobar
