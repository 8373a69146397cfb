#include "roles/app/rules.h"

#include <gtest/gtest.h>
#include <sodium.h>

namespace zoobar {
namespace {

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
