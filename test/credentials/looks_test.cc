#include "credentials/looks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "credentials/compiled_confusables.h"
#include "limits/names.h"

namespace zoobar {
namespace {

using Pairs = std::vector<std::pair<const char*, const char*>>;

bool Alike(std::string_view a, std::string_view b) { return LookTheSame(LooksOf(a), LooksOf(b)); }

TEST(LooksTest, NamesThatDifferOnlyInTheirCaseLookTheSame) {
  for (const auto& [a, b] : Pairs{{"bob", "Bob"}, {"bob", "BOB"}, {"straße", "STRASSE"}, {"ΣΊΣΥΦΟΣ", "σίσυφος"}})
    EXPECT_TRUE(Alike(a, b)) << a << " and " << b;
}

TEST(LooksTest, CharactersThatLookLikeOthersAreTheOthers) {
  for (const auto& [a, b] : Pairs{{"alice", "аlice"},       // Cyrillic а
                                  {"alice", "АLICE"},       // Cyrillic А, a capital
                                  {"paypal", "paypa1"},     // one
                                  {"lan", "Ian"},           // a capital I
                                  {"bob", "b0b"},           // zero
                                  {"mary", "rnary"},        // r and n
                                  {"scope", "ѕсоре"},       // Cyrillic only
                                  {"alice", "𝐚𝐥𝐢𝐜𝐞"},       // mathematical letters
                                  {"alice", "ａｌｉｃｅ"},  // full width
                                  {"a-b", "a‐b"}})          // U+2010
    EXPECT_TRUE(Alike(a, b)) << a << " and " << b;
}

TEST(LooksTest, WhatCannotBeSeenMakesNoDifference) {
  for (const auto& [a, b] : Pairs{{"bob", "b\u200bob"},        // zero width space
                                  {"bob", "bob\u200d"},        // zero width joiner
                                  {"bob", "\u2066bob\u2069"},  // isolates of direction
                                  {"bob", "bo\u00adb"},        // soft hyphen
                                  {"bob", "bob\ufe0f"},        // variation selector
                                  {"bob", " bob"},
                                  {"bob", "bob  "},
                                  {"bob", "bob\u00a0"},      // no-break space
                                  {"bob", "\u2800bob"},      // Braille without dots
                                  {"bob", "bob\U0001D159"},  // a note without a head
                                  {"bob", "bob\U00013441"},  // a blank between hieroglyphs
                                  {"bob", "b\ufff9ob"},      // a mark of annotations
                                  {"alice", "ali\u0307ce"},  // a second dot on the i
                                  {"jill", "j\u0307il\u0307l"},
                                  {"ann lee", "ann  lee"},
                                  {"ann lee", "ann\u3000lee"}})  // ideographic space
    EXPECT_TRUE(Alike(a, b)) << a << " and " << b;
}

TEST(LooksTest, OtherNamesLookDifferent) {
  for (const auto& [a, b] : Pairs{{"bob", "rob"},
                                  {"ian", "lan"},
                                  {"annlee", "ann lee"},
                                  {"test1/.", "test1/"},
                                  {"../x", "x"},
                                  {"<i>x</i>", "x"},
                                  {"zoe", "zoë"},
                                  {"zoe", "zo\u0307e"},
                                  {"ali", "ali\u0308"},
                                  {"user1", "user11"},
                                  {"user9", "user10"}})
    EXPECT_FALSE(Alike(a, b)) << a << " and " << b;
}

TEST(LooksTest, MarksOfWritingDirectionShowANameInAnotherOrder) {
  const auto shows = [](std::string_view name, std::string_view other) {
    return std::ranges::any_of(LooksAsShown(name),
                               [&](const Looks& each) { return LookTheSame(each, LooksOf(other)); });
  };
  for (const auto& [name, other] : Pairs{{"\u202eecila", "alice"},
                                         {"\u202eknab eht", "the bank"},
                                         {"\u202ee\u0301oz", "zoe\u0301"},
                                         {"\u2067!bob\u2069", "bob!"},
                                         {"\u200f!annlee", "annlee!"},
                                         {"\u202b2 ann", "ann 2"},
                                         {"\u202e", ""}})
    EXPECT_TRUE(shows(name, other)) << name << " as " << other;
  for (const auto& [name, other] : Pairs{{"ecila", "alice"}, {"!bob", "bob!"}, {"\u200decila", "alice"}})
    EXPECT_FALSE(shows(name, other)) << name << " as " << other;
  for (const char* name : {"", "bob", "אבי", "عمر", "zoë", "<i>x</i>", "../x", "\u200d", "\ufeff"})
    EXPECT_EQ(LooksAsShown(name).size(), 1u) << name;
}

TEST(LooksTest, EveryCharacterOfTheTableLooksLikeItsPrototype) {
  const auto prototypes = CompiledPrototypes();
  ASSERT_GT(CompiledConfusables().size(), 6000u);
  char32_t before = 0;
  for (const Confusable& each : CompiledConfusables()) {
    EXPECT_LT(before, each.from) << "the table is sorted";
    before = each.from;
    ASSERT_GE(each.size, 1u);
    ASSERT_LE(std::size_t{each.at} + each.size, prototypes.size());
  }
}

TEST(LooksTest, AReservedNameLooksLikeItselfOnly) {
  const auto reserved = [](std::string_view name) {
    return std::any_of(kReservedNames.begin(), kReservedNames.end(),
                       [&](std::string_view each) { return Alike(each, name); });
  };
  for (const char* name : {"the bank", "The Bank", "THE  BANK", "thе bank", "Bank", "ZOOBAR", "zo0bar", "Operator"})
    EXPECT_TRUE(reserved(name)) << name;
  for (const char* name : {"bankier", "banks", "alice", "the banker", "zoo", "admin"})
    EXPECT_FALSE(reserved(name)) << name;
}

TEST(LooksTest, LongNamesAreNoProblem) {
  const std::string widest = "\uFDFA";  // its prototype has 18 characters
  std::string name;
  while (name.size() + widest.size() <= kMaxNameBytes) name += widest;
  EXPECT_EQ(LooksOf(name), LooksOf(name + "\u200b"));
  EXPECT_NE(LooksOf(name)[0], LooksOf(name)[1]) << "a first look is no second one";
}

}  // namespace
}  // namespace zoobar
