#include "roles/app/rules.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "http/head.h"

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

std::string WhatIsWrong(std::string_view text) {
  const auto parsed = ParseZoobars(text);
  return std::holds_alternative<std::int64_t>(parsed) ? "" : std::string(std::get<std::string_view>(parsed));
}

TEST(ParseZoobars, TakesWholeNumbersAlone) {
  EXPECT_EQ(std::get<std::int64_t>(ParseZoobars("1")), 1);
  EXPECT_EQ(std::get<std::int64_t>(ParseZoobars("007")), 7);
  EXPECT_EQ(std::get<std::int64_t>(ParseZoobars("9223372036854775807")), 9223372036854775807);
}

TEST(ParseZoobars, SaysWhatIsWrong) {
  EXPECT_EQ(WhatIsWrong(""), "the amount is missing. Enter a whole number.");
  for (const char* text : {"1.5", "1.0", "1,5", "0.5", ".5", "-1.5", "5.", "1/2", "-.5"}) {
    EXPECT_EQ(WhatIsWrong(text), "fractions of a zoobar cannot be sent. Enter a whole number.") << text;
  }
  for (const char* text : {"0", "00", "-0"})
    EXPECT_EQ(WhatIsWrong(text), "the amount is zero. Enter 1 or more.") << text;
  for (const char* text : {"-1", "-9223372036854775808", "-99999999999999999999"}) {
    EXPECT_EQ(WhatIsWrong(text), "the amount is negative. Enter 1 or more.") << text;
  }
  for (const char* text : {"9223372036854775808", "99999999999999999999999999"}) {
    EXPECT_EQ(WhatIsWrong(text), "the amount is too large. Enter a smaller number.") << text;
  }
  for (const char* text : {"ten", "1e3", "0x10", " 5", "5 ", "+5", "1_000", "--1", "-", "\xd9\xa3", "5;", "inf", "nan",
                           "int(5)", "1.2.3", "1,000,000"}) {
    EXPECT_EQ(WhatIsWrong(text), "the amount is not a number. Enter a whole number.") << text;
  }
  EXPECT_EQ(WhatIsWrong(std::string_view("5\0", 2)), "the amount is not a number. Enter a whole number.");
}

TEST(IsSubmission, KnowsOurFormsNumbersFromWordsScriptsSend) {
  ASSERT_GE(sodium_init(), 0);
  const std::string fresh = FreshSubmission();
  EXPECT_TRUE(IsSubmission(fresh));
  EXPECT_NE(fresh, FreshSubmission());
  EXPECT_FALSE(IsSubmission("Send"));
  EXPECT_FALSE(IsSubmission(""));
  EXPECT_FALSE(IsSubmission(fresh + "00"));
  EXPECT_FALSE(IsSubmission(std::string(32, 'g')));
}

TEST(TokenOrNothing, LetsNothingThroughThatIsNoToken) {
  EXPECT_EQ(TokenOrNothing("Az09-_"), "Az09-_");
  for (const char* text : {"a b", "a\"", "a=", "a;b", "a%20"}) EXPECT_EQ(TokenOrNothing(text), "") << text;
  EXPECT_EQ(TokenOrNothing(std::string(65, 'a')), "");
}

TEST(Hex, IsReadBackStrictly) {
  EXPECT_EQ(ToHex(std::string("\x00\xff", 2)), "00ff");
  EXPECT_EQ(FromHex("00ff"), std::string("\x00\xff", 2));
  for (const char* text : {"0", "0g", "00 ff", "xyz"}) EXPECT_EQ(FromHex(text), "") << text;
}

TEST(ParseNumberOrZero, TakesNothingHalfway) {
  EXPECT_EQ(ParseNumberOrZero("42"), 42u);
  for (const char* text : {"", "-1", "4x", " 4", "18446744073709551616"})
    EXPECT_EQ(ParseNumberOrZero(text), 0u) << text;
}

}  // namespace
}  // namespace zoobar
