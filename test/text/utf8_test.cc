#include "text/utf8.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

TEST(Utf8, WellFormedTextOfEveryLengthIsAccepted) {
  for (const char* text :
       {"", "a", "\x7F", "\xC2\x80", "\xC3\xA9", "\xDF\xBF", "\xE0\xA0\x80", "\xE2\x82\xAC", "\xED\x9F\xBF",
        "\xEF\xBF\xBD", "\xF0\x90\x80\x80", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_EQ(MendUtf8(text), text);
  }
  EXPECT_TRUE(IsUtf8(std::string_view("\0", 1)));
}

TEST(Utf8, OverlongFormsSurrogatesAndPartsAreRefused) {
  for (const char* text : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x80\x80", "\xE0\x9F\xBF",
                           "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(IsUtf8(text));
    EXPECT_TRUE(IsUtf8(MendUtf8(text)));
  }
}

TEST(Utf8, EachIllFormedPartBecomesOneReplacement) {
  EXPECT_EQ(MendUtf8("a\xFF"
                     "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(MendUtf8("\xE2\x82z"), "\xEF\xBF\xBDz");
  EXPECT_EQ(MendUtf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8, ACutNeverSplitsACharacter) {
  const std::string text = "a\xE2\x82\xAC\xF0\x9F\x98\x80";
  const std::size_t expected[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};
  for (std::size_t bytes = 0; bytes < std::size(expected); ++bytes) {
    EXPECT_EQ(CutUtf8(text, bytes).size(), expected[bytes]) << bytes;
  }
}

TEST(Utf8, TheFirstCharacterIsDecoded) {
  EXPECT_EQ(FirstUtf8("\xE2\x82\xAC!").code, U'\u20AC');
  EXPECT_EQ(FirstUtf8("\xF0\x9F\x98\x80").code, U'\U0001F600');
  EXPECT_EQ(FirstUtf8("").length, 0u);
}

}  // namespace
}  // namespace zoobar
