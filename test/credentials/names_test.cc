#include "credentials/names.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

using std::string_literals::operator""s;

TEST(NamesTest, HostileLookingNamesAreNamesLikeAnyOther) {
  for (const char* name : {"test1/.", "../x", ".", "..", "/", "\\", " ", "a b", "<script>", "'; --", "%00", "#!python",
                           "\xe2\x80\xae"
                           "evil",
                           "\xf0\x9f\x98\x80", "\xef\xbf\xbf"}) {
    EXPECT_EQ(NormalisedName(name), name);
  }
}

TEST(NamesTest, CaseAndBlanksTellNamesApart) {
  EXPECT_NE(NormalisedName("a"), NormalisedName("A"));
  EXPECT_NE(NormalisedName("a"), NormalisedName("a "));
  EXPECT_NE(NormalisedName(" "), NormalisedName("\xc2\xa0"));  // unlike in passwords
}

TEST(NamesTest, TheTwoWaysToWriteAnAccentAreOneName) {
  const std::string composed = "Zo\xc3\xab";
  const std::string decomposed = "Zoe\xcc\x88";
  EXPECT_EQ(NormalisedName(decomposed), composed);
  EXPECT_EQ(NormalisedName(composed), composed);
  EXPECT_EQ(NormalisedName("\xe2\x84\xab"), "\xc3\x85");  // the angstrom sign becomes the letter
}

TEST(NamesTest, CompatibilityFormsStayDifferent) {
  EXPECT_EQ(NormalisedName("\xef\xbc\xa1"), "\xef\xbc\xa1");  // fullwidth A stays (NFKC would make it an A)
}

TEST(NamesTest, MarksComeInCanonicalOrder) {
  EXPECT_EQ(NormalisedName("q\xcc\x87\xcc\xa3"), NormalisedName("q\xcc\xa3\xcc\x87"));
}

TEST(NamesTest, OneTo128BytesAreAccepted) {
  EXPECT_FALSE(NormalisedName(""));
  EXPECT_TRUE(NormalisedName("x"));
  EXPECT_TRUE(NormalisedName(std::string(128, 'x')));
  EXPECT_FALSE(NormalisedName(std::string(129, 'x')));
}

TEST(NamesTest, ANameThatGrowsPastTheBoundInNfcIsRefused) {
  std::string name;
  for (int i = 0; i < 22; ++i) name += "\xe0\xa5\x98";  // U+0958, three bytes, six in NFC
  EXPECT_FALSE(NormalisedName(name));
  EXPECT_TRUE(NormalisedName(name.substr(0, 63)));
}

TEST(NamesTest, ControlCharactersAreRefused) {
  for (int c = 0; c < 0x20; ++c) EXPECT_FALSE(NormalisedName("a" + std::string(1, static_cast<char>(c)) + "b")) << c;
  EXPECT_FALSE(NormalisedName("\x7f"));
  EXPECT_FALSE(NormalisedName("a\xc2\x85"));  // U+0085, a C1 control
  EXPECT_FALSE(NormalisedName("a\0b"s));
}

TEST(NamesTest, WhatIsNotUtf8IsRefused) {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xe2\x82", "\x80"}) {
    EXPECT_FALSE(NormalisedName(bytes));
  }
}

}  // namespace
}  // namespace zoobar
