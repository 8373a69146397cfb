#include "credentials/passwords.h"

#include <gtest/gtest.h>

#include <string>

namespace zoobar {
namespace {

using std::string_literals::operator""s;

std::string Normalised(std::string_view typed) {
  PreparedPassword prepared = PreparePassword(typed, {});
  EXPECT_EQ(prepared.fault, PasswordFault::kNone);
  return std::string(View(prepared.text));
}

TEST(PasswordsTest, SpacesOfEveryKindAreOneSpace) {
  EXPECT_EQ(Normalised("a b"), "a b");
  for (const char* space :
       {"\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x83", "\xe2\x80\xaf", "\xe3\x80\x80"}) {
    EXPECT_EQ(Normalised("a"s + space + "b"), "a b");
  }
}

TEST(PasswordsTest, NothingElseIsFolded) {
  for (const char* typed :
       {"Straße", " lead and trail ", "CaSe", "\xef\xbc\xa1", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"}) {
    EXPECT_EQ(Normalised(typed), typed);
  }
}

TEST(PasswordsTest, TheExamplesOfTheRfcHold) {  // RFC 8265, section 4.3
  EXPECT_EQ(Normalised("correct horse battery staple"), "correct horse battery staple");
  EXPECT_EQ(Normalised("Correct Horse Battery Staple"), "Correct Horse Battery Staple");
  EXPECT_EQ(Normalised("\xcf\x80\xc3\x9f\xc3\xa5"), "\xcf\x80\xc3\x9f\xc3\xa5");
  EXPECT_EQ(Normalised("Jack of \xe2\x99\xa6s"), "Jack of \xe2\x99\xa6s");
  EXPECT_EQ(Normalised("foo\xe1\x9a\x80"
                       "bar"),
            "foo bar");
  EXPECT_EQ(PrepareNewPassword("", {1, 10}).fault, PasswordFault::kTooShort);
  EXPECT_EQ(PreparePassword("my cat is a \x09"
                            "by",
                            {})
                .fault,
            PasswordFault::kInvalid);
}

TEST(PasswordsTest, TheLeastLengthIsInCodePointsAfterNfc) {
  EXPECT_EQ(PrepareNewPassword("12345678", {}).fault, PasswordFault::kNone);
  EXPECT_EQ(PrepareNewPassword("1234567", {}).fault, PasswordFault::kTooShort);
  EXPECT_EQ(PrepareNewPassword("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", {}).fault, PasswordFault::kTooShort);  // 8 bytes
  std::string decomposed;
  for (int i = 0; i < 7; ++i) decomposed += "e\xcc\x81";
  EXPECT_EQ(PrepareNewPassword(decomposed, {}).fault, PasswordFault::kTooShort);  // 14 code points typed, 7 in NFC
  EXPECT_EQ(PrepareNewPassword(decomposed + "x", {}).fault, PasswordFault::kNone);
}

TEST(PasswordsTest, ALeastLengthOfNothingStillRefusesTheEmptyOne) {
  EXPECT_EQ(PrepareNewPassword("", {0, 4096}).fault, PasswordFault::kTooShort);
  EXPECT_EQ(PrepareNewPassword("x", {0, 4096}).fault, PasswordFault::kNone);
}

TEST(PasswordsTest, TheGreatestLengthIsInBytesAsTyped) {
  EXPECT_EQ(PrepareNewPassword(std::string(4096, 'x'), {}).fault, PasswordFault::kNone);
  EXPECT_EQ(PrepareNewPassword(std::string(4097, 'x'), {}).fault, PasswordFault::kTooLong);
  EXPECT_EQ(PreparePassword(std::string(1 << 20, '\xff'), {}).fault, PasswordFault::kTooLong);
}

TEST(PasswordsTest, WhatGrowsInNfcIsKeptWhole) {
  std::string typed, nfc;
  for (int i = 0; i < 1000; ++i) typed += "\xf0\x9d\x85\xa0", nfc += "\xf0\x9d\x85\x98\xf0\x9d\x85\xa5\xf0\x9d\x85\xae";
  EXPECT_EQ(Normalised(typed), nfc);  // U+1D160: four bytes, twelve in NFC
}

TEST(PasswordsTest, WhatIsNotUtf8IsInvalid) {
  EXPECT_EQ(PrepareNewPassword("abcdefgh\xff", {}).fault, PasswordFault::kInvalid);
  EXPECT_EQ(PrepareNewPassword("abcdefgh\0"s, {}).fault, PasswordFault::kInvalid);
  EXPECT_TRUE(PrepareNewPassword("abcdefgh\xff", {}).text.empty());
}

}  // namespace
}  // namespace zoobar
