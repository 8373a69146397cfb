#include "credentials/hashing_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <optional>
#include <semaphore>
#include <thread>

#include "credentials/memory_scan.h"

namespace zoobar {
namespace {

constexpr Argon2Parameters kSmall{.memory_kib = 64, .passes = 1, .lanes = 1};

class HashingPoolTest : public testing::Test {
 protected:
  // Starts a run of `job`; the outcome is in its place once the loop has delivered it.
  std::shared_ptr<std::optional<bool>> Start(HashingPool& pool, HashingPool::Job job) {
    auto outcome = std::make_shared<std::optional<bool>>();
    Spawn(Await(pool, std::move(job), outcome));
    return outcome;
  }
  Task<void> Await(HashingPool& pool, HashingPool::Job job, std::shared_ptr<std::optional<bool>> outcome) {
    *outcome = co_await pool.Run(std::move(job));
    loop_.Stop();
  }
  void RunUntil(const std::function<bool()>& reached) {
    while (!reached()) loop_.Run();
  }

  Loop loop_;
};

TEST_F(HashingPoolTest, AJobRunsOnAnotherThreadAndItsWaiterOnTheLoops) {
  HashingPool pool(loop_, 1, 4, kSmall);
  std::thread::id ran;
  auto outcome = Start(pool, [&](Hasher&) { ran = std::this_thread::get_id(); });
  EXPECT_FALSE(outcome->has_value());
  RunUntil([&] { return outcome->has_value(); });
  EXPECT_TRUE(**outcome);
  EXPECT_NE(ran, std::this_thread::get_id());
  EXPECT_TRUE(pool.idle());
}

TEST_F(HashingPoolTest, PastTheQueuesBoundTheAnswerIsNoAtOnce) {
  HashingPool pool(loop_, 2, 3, kSmall);
  std::counting_semaphore<> go(0);
  std::atomic<int> ran = 0;
  auto job = [&](Hasher&) {
    go.acquire();
    ++ran;
  };
  std::vector<std::shared_ptr<std::optional<bool>>> outcomes;
  for (int i = 0; i < 2 + 3; ++i) outcomes.push_back(Start(pool, job));
  for (auto& outcome : outcomes) EXPECT_FALSE(outcome->has_value());
  EXPECT_EQ(pool.waiting(), 3u);
  auto refused = Start(pool, job);
  ASSERT_TRUE(refused->has_value());
  EXPECT_FALSE(**refused);

  go.release(5);
  RunUntil([&] { return pool.idle(); });
  for (auto& outcome : outcomes) EXPECT_TRUE(outcome->value());
  EXPECT_EQ(ran, 5);
}

TEST_F(HashingPoolTest, ABoundOfNothingStillLetsFreeThreadsWork) {
  HashingPool pool(loop_, 1, 0, kSmall);
  std::binary_semaphore go(0);
  auto first = Start(pool, [&](Hasher&) { go.acquire(); });
  auto second = Start(pool, [](Hasher&) {});
  EXPECT_FALSE(first->has_value());
  ASSERT_TRUE(second->has_value());
  EXPECT_FALSE(**second);
  go.release();
  RunUntil([&] { return pool.idle(); });
}

TEST_F(HashingPoolTest, ThreadsWorkSideBySide) {
  HashingPool pool(loop_, 2, 4, kSmall);
  std::latch both(2);
  auto first = Start(pool, [&](Hasher&) { both.arrive_and_wait(); });
  auto second = Start(pool, [&](Hasher&) { both.arrive_and_wait(); });
  RunUntil([&] { return pool.idle(); });
  EXPECT_TRUE(**first && **second);
}

TEST_F(HashingPoolTest, NewParametersHoldFromTheNextJobOn) {
  HashingPool pool(loop_, 1, 4, kSmall);
  const Argon2Parameters larger{256, 1, 1};
  pool.Configure(1, larger);
  Bytes tag;
  auto outcome = Start(pool, [&](Hasher& hasher) { tag = *hasher.Tag("password", larger, "0123456789abcdef"); });
  RunUntil([&] { return outcome->has_value(); });
  EXPECT_EQ(tag.size(), kTagBytes);
}

TEST_F(HashingPoolTest, ItMayGoWithItsLoopStillUnturned) { HashingPool pool(loop_, 2, 4, kSmall); }

// Leaves the text some way down the stack, as libargon2 leaves pieces of a password.
[[gnu::noinline, gnu::no_sanitize_address]] void LeaveOnStack(const HiddenText& text) {
  char frame[32768];
  for (std::size_t i = 0; i < text.size(); ++i) frame[100 + i] = text.At(i);
  asm volatile("" : : "r"(frame) : "memory");  // somebody might read it
}

TEST_F(HashingPoolTest, WhatAJobLeavesOnItsStackIsWiped) {
  HashingPool pool(loop_, 1, 4, kSmall);
  const HiddenText text;
  std::vector<std::string> before;
  auto outcome = Start(pool, [&](Hasher&) {
    LeaveOnStack(text);
    before = FindInMemory("self", text);
  });
  RunUntil([&] { return outcome->has_value(); });
  EXPECT_THAT(before, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(FindInMemory("self", text), testing::IsEmpty());
}

TEST_F(HashingPoolTest, ThereAreOneOrTwoThreads) {
  EXPECT_GE(HashingPool::DefaultThreads(), 1u);
  EXPECT_LE(HashingPool::DefaultThreads(), 2u);
}

}  // namespace
}  // namespace zoobar
