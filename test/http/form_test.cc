#include "http/form.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace zoobar {
namespace {

using namespace std::string_view_literals;

std::optional<std::string> ValueOf(std::string_view encoded, std::string_view name) {
  const auto form = FormFields::Parse(encoded);
  if (!form.ok() || !form->Has(name)) return std::nullopt;
  return std::string(form->Get(name));
}

TEST(Form, ValuesAreDecoded) {
  EXPECT_EQ(ValueOf("a=1&b=2", "b"), "2");
  EXPECT_EQ(ValueOf("a=x+y%2b%26", "a"), "x y+&");
  EXPECT_EQ(ValueOf("a%3d=1", "a="), "1");
  EXPECT_EQ(ValueOf("a=1=2", "a"), "1=2");
  EXPECT_EQ(ValueOf("a", "a"), "");
  EXPECT_EQ(ValueOf("&&a=1&&", "a"), "1");
  EXPECT_EQ(ValueOf("", "a"), std::nullopt);
  EXPECT_EQ(ValueOf("a=\xc3\xa4", "a"), "\xc3\xa4");
}

TEST(Form, OfTwoFieldsTheFirstCounts) { EXPECT_EQ(ValueOf("a=1&a=2&%61=3", "a"), "1"); }

TEST(Form, NulIsAByteAndCutsNothing) {
  EXPECT_EQ(ValueOf("a=x%00y", "a"), std::string("x\0y", 3));
  EXPECT_EQ(ValueOf("a%00=1&a=2", "a"), "2");
}

TEST(Form, BrokenEscapesRefuseTheWhole) {
  for (std::string_view bad : {"a=%"sv, "a=%1"sv, "a=%g1"sv, "a=%1g"sv, "%=1"sv, "a=1&b=%%"sv, "a=%u0041"sv}) {
    EXPECT_FALSE(FormFields::Parse(bad).ok()) << bad;
  }
}

TEST(Form, BlanksAndControlBytesMustBeEncoded) {
  for (std::string_view bad : {"a=b c"sv, "a=\n"sv, "a=\0"sv, "a=\x7f"sv, "a\t=1"sv}) {
    EXPECT_FALSE(FormFields::Parse(bad).ok()) << bad;
  }
}

TEST(Form, TheNumberOfFieldsIsBounded) {
  std::string many = "a=1";
  for (std::size_t i = 1; i < FormFields::kMaxFields; ++i) many += "&a=1";
  EXPECT_TRUE(FormFields::Parse(many).ok());
  EXPECT_FALSE(FormFields::Parse(many + "&a=1").ok());
}

TEST(Form, AValueTakenOutIsGone) {
  auto form = FormFields::Parse("password=secret");
  ASSERT_TRUE(form.ok());
  EXPECT_EQ(View(form->Take("password")), "secret");
  EXPECT_EQ(form->Get("password"), "");
  EXPECT_TRUE(form->Take("other").empty());
}

// Every encoded text is decoded to itself, and every random input ends in a value or an error.
TEST(Form, RandomInputIsDecodedOrRefusedButNeverMisread) {
  std::mt19937 random(1);
  const std::string_view alphabet = "ab=&+%0123456789cF\0 \n\xff"sv;
  for (int round = 0; round < 20000; ++round) {
    std::string noise, value, encoded;
    for (unsigned i = random() % 40; i > 0; --i) noise += alphabet[random() % alphabet.size()];
    if (const auto form = FormFields::Parse(noise); form.ok()) {
      EXPECT_LE(form->size(), FormFields::kMaxFields);
      EXPECT_LE(form->Get("a").size(), noise.size());
    }
    for (unsigned i = random() % 20; i > 0; --i) value += static_cast<char>(random());
    for (unsigned char byte : value) encoded += fmt::format("%{:02x}", byte);
    ASSERT_EQ(ValueOf("x=1&v=" + encoded + "&v=2", "v"), value);
  }
}

RequestHead HeadWith(const std::string& text) {
  RequestHead head;
  Refusal refusal;
  std::size_t scanned = 0;
  EXPECT_EQ(HeadParser(HttpLimits{}).Parse(text, &scanned, &head, &refusal), HeadParser::Outcome::kComplete);
  return head;
}

TEST(Cookies, AreFoundByTheirWholeName) {
  const std::string text =
      "GET / HTTP/1.1\r\nHost: a\r\nCookie: xa=0; a=1;b=2; a=3; junk; c=\"q\"\r\nCookie: d=4\r\n\r\n";
  const RequestHead head = HeadWith(text);
  EXPECT_EQ(FindCookie(head, "a"), "1");
  EXPECT_EQ(FindCookie(head, "b"), "2");
  EXPECT_EQ(FindCookie(head, "c"), "\"q\"");
  EXPECT_EQ(FindCookie(head, "d"), "4");
  EXPECT_EQ(FindCookie(head, "A"), std::nullopt);
  EXPECT_EQ(FindCookie(head, "junk"), std::nullopt);
}

// Another application on this host may set cookies with any content.
TEST(Cookies, AreFoundBesideAnyOthers) {
  std::string many;
  for (int i = 0; i < 400; ++i) many += "c" + std::to_string(i) + "=x; ";
  for (const std::string& other :
       {std::string("k=\xc3\xa9"), std::string("\xff"), std::string("=\x80;"), std::string(";;"), std::string("k=\"a"),
        std::string("a==;="), std::string("\tk=1"), many}) {
    const std::string text =
        "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + other + ";\tPyZoobarLogin=abc; " + other + "\r\n\r\n";
    RequestHead head;
    Refusal refusal;
    std::size_t scanned = 0;
    ASSERT_EQ(HeadParser(HttpLimits{}).Parse(text, &scanned, &head, &refusal), HeadParser::Outcome::kComplete) << other;
    EXPECT_EQ(FindCookie(head, "PyZoobarLogin"), "abc") << other;
  }
}

TEST(Cookies, AreLookedForOnlySoFar) {
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\nCookie: ";
  for (std::size_t i = 0; i < kMaxCookies; ++i) many += "x=1; ";
  many += "late=1\r\n\r\n";
  EXPECT_EQ(FindCookie(HeadWith(many), "late"), std::nullopt);
}

TEST(Form, TheBodysTypeIsReadWithoutItsParameters) {
  const auto has = [](std::string type) {
    const std::string text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: " + type + "\r\n\r\n";
    return HasFormBody(HeadWith(text));
  };
  EXPECT_TRUE(has("application/x-www-form-urlencoded"));
  EXPECT_TRUE(has("Application/X-WWW-Form-Urlencoded ; charset=utf-8"));
  EXPECT_FALSE(has("application/x-www-form-urlencodedx"));
  EXPECT_FALSE(has("multipart/form-data; boundary=a"));
}

}  // namespace
}  // namespace zoobar
