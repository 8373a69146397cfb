#include "roles/bank/act_rate.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

int Taken(ActRate& rate, const std::string& member, std::int64_t now_ms, int most = 10'000) {
  int taken = 0;
  while (taken < most && rate.Take(member, now_ms)) ++taken;
  return taken;
}

TEST(ActRate, ABucketHoldsTheBurstAndFillsEvenly) {
  ActRate rate({.burst = 5, .per_hour = 3600});
  EXPECT_EQ(Taken(rate, "alice", kNow), 5);
  EXPECT_EQ(Taken(rate, "alice", kNow + 999), 0);
  EXPECT_EQ(Taken(rate, "alice", kNow + 1000), 1);
  EXPECT_EQ(Taken(rate, "alice", kNow + 3999), 2);
  EXPECT_EQ(Taken(rate, "alice", kNow + 3'600'000), 5) << "never more than the burst";
}

TEST(ActRate, EachMemberHasABucket) {
  ActRate rate({.burst = 5, .per_hour = 3600});
  EXPECT_EQ(Taken(rate, "alice", kNow), 5);
  EXPECT_EQ(Taken(rate, "bob", kNow), 5);
}

TEST(ActRate, WhatIsGivenBackCanBeTakenAgain) {
  ActRate rate({.burst = 2, .per_hour = 1});
  EXPECT_EQ(Taken(rate, "alice", kNow), 2);
  rate.GiveBack("alice", kNow);
  EXPECT_EQ(Taken(rate, "alice", kNow), 1);
  for (int i = 0; i < 10; ++i) rate.GiveBack("alice", kNow);
  EXPECT_EQ(rate.members(), 0u);
  EXPECT_EQ(Taken(rate, "alice", kNow), 2) << "never more than the burst";
}

TEST(ActRate, SaysWhenTheNextActMayBe) {
  ActRate rate({.burst = 2, .per_hour = 60});
  EXPECT_EQ(Taken(rate, "alice", kNow), 2);
  EXPECT_EQ(rate.RetryAfterSeconds("alice", kNow), 60u);
  EXPECT_EQ(rate.RetryAfterSeconds("alice", kNow + 58'500), 2u);
  EXPECT_FALSE(rate.Take("alice", kNow + 59'999));
  EXPECT_TRUE(rate.Take("alice", kNow + 60'000));
  EXPECT_EQ(rate.RetryAfterSeconds("bob", kNow), 1u);
}

TEST(ActRate, AClockSetBackDelaysByOneActAtMost) {
  ActRate rate({.burst = 5, .per_hour = 3600});
  EXPECT_EQ(Taken(rate, "alice", kNow), 5);
  const std::int64_t then = kNow - 86'400'000;
  EXPECT_LE(rate.RetryAfterSeconds("alice", then), 1u);
  EXPECT_FALSE(rate.Take("alice", then));
  rate.GiveBack("bob", then);
  EXPECT_EQ(Taken(rate, "bob", then), 5);
}

TEST(ActRate, NewLimitsKeepWhatIsOwed) {
  ActRate rate({.burst = 5, .per_hour = 3600});
  EXPECT_EQ(Taken(rate, "alice", kNow), 5);
  rate.Configure({.burst = 8, .per_hour = 60}, kNow);
  EXPECT_EQ(Taken(rate, "alice", kNow), 3);
  EXPECT_EQ(rate.RetryAfterSeconds("alice", kNow), 60u);
  rate.Configure({.burst = 1, .per_hour = 3600}, kNow);
  EXPECT_EQ(rate.RetryAfterSeconds("alice", kNow), 1u) << "never more than one bucket is owed";
}

TEST(ActRate, TheGreatestLimitsStillCount) {
  ActRate fast({.burst = 1'000'000, .per_hour = 1'000'000'000});
  EXPECT_EQ(Taken(fast, "alice", kNow, 2'000'000), 1'000'000);
  EXPECT_EQ(fast.RetryAfterSeconds("alice", kNow), 1u);
  ActRate slow({.burst = 1'000'000, .per_hour = 1});
  EXPECT_EQ(Taken(slow, "alice", kNow, 2'000'000), 1'000'000);
  EXPECT_EQ(slow.RetryAfterSeconds("alice", kNow), 3600u);
}

TEST(ActRate, FullBucketsAreForgotten) {
  ActRate rate({.burst = 5, .per_hour = 3600});
  for (int i = 0; i < 100; ++i) rate.Take(std::to_string(i), kNow);
  EXPECT_EQ(rate.members(), 100u);
  rate.Take("alice", kNow + 1000);
  EXPECT_EQ(rate.members(), 1u);
}

TEST(ActRate, AFullTableForgetsWhoOwesLeastAndRefusesNobody) {
  ActRate rate({.burst = 5, .per_hour = 1});
  EXPECT_EQ(Taken(rate, "alice", kNow), 5);
  for (std::size_t i = 0; i < ActRate::kMembers + 1000; ++i) ASSERT_TRUE(rate.Take(std::to_string(i), kNow)) << i;
  EXPECT_EQ(rate.members(), ActRate::kMembers);
  EXPECT_FALSE(rate.Take("alice", kNow)) << "the table forgot other members first";
}

}  // namespace
}  // namespace zoobar
