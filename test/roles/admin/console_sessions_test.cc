#include "roles/admin/console_sessions.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace zoobar {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kHour = 60 * kMinute;

TEST(ConsoleSessions, ATokenOpensItsSessionUntilItIsClosed) {
  ConsoleSessions sessions;
  const Bytes ann = sessions.Open(0), bob = sessions.Open(0);
  EXPECT_EQ(ann.size(), 64u);
  EXPECT_NE(ann, bob);
  EXPECT_TRUE(sessions.Use(View(ann), 1));
  sessions.Close(View(ann));
  EXPECT_FALSE(sessions.Use(View(ann), 2));
  EXPECT_TRUE(sessions.Use(View(bob), 2));
}

TEST(ConsoleSessions, NoOtherTextOpensOne) {
  ConsoleSessions sessions;
  EXPECT_FALSE(sessions.Use("", 0)) << "there is none";
  const Bytes token = sessions.Open(0);
  std::string other(View(token));
  other.back() = other.back() == '0' ? '1' : '0';
  for (const std::string& text : {other, std::string(), other.substr(0, 63), std::string(View(token)) + "0",
                                  std::string(64, '0'), std::string(1 << 16, 'f')}) {
    EXPECT_FALSE(sessions.Use(text, 1)) << text.substr(0, 80);
    sessions.Close(text);
  }
  EXPECT_TRUE(sessions.Use(View(token), 1));
}

TEST(ConsoleSessions, OneThatIsNotUsedEndsAfterAnHour) {
  ConsoleSessions sessions;
  const Bytes used = sessions.Open(0), left = sessions.Open(0);
  EXPECT_TRUE(sessions.Use(View(used), kHour - 1));
  EXPECT_FALSE(sessions.Use(View(left), kHour));
  EXPECT_TRUE(sessions.Use(View(used), kHour + kMinute));
  EXPECT_EQ(sessions.count(), 1u);
}

TEST(ConsoleSessions, EveryOneEndsAfterTwelveHours) {
  ConsoleSessions sessions;
  const Bytes token = sessions.Open(0);
  for (std::int64_t now = 0; now < 12 * kHour; now += 30 * kMinute) EXPECT_TRUE(sessions.Use(View(token), now));
  EXPECT_FALSE(sessions.Use(View(token), 12 * kHour));
}

TEST(ConsoleSessions, OneTooManyEndsTheOneThatWasUsedLongestAgo) {
  ConsoleSessions sessions;
  std::vector<Bytes> tokens;
  for (std::size_t i = 0; i < ConsoleSessions::kMost; ++i)
    tokens.push_back(sessions.Open(static_cast<std::int64_t>(i)));
  EXPECT_TRUE(sessions.Use(View(tokens[0]), 100));
  tokens.push_back(sessions.Open(101));
  EXPECT_EQ(sessions.count(), ConsoleSessions::kMost);
  EXPECT_TRUE(sessions.Use(View(tokens[0]), 102));
  EXPECT_FALSE(sessions.Use(View(tokens[1]), 102));
  EXPECT_TRUE(sessions.Use(View(tokens.back()), 102));
}

}  // namespace
}  // namespace zoobar
