#include "credentials/hashing_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>

#include "credentials/memory_scan.h"

namespace zoobar {
namespace {

using Weight = HashingPool::Weight;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

constexpr Argon2Parameters kSmall{.memory_kib = 64, .passes = 1, .lanes = 1};

class HashingPoolTest : public testing::Test {
 protected:
  // Starts a run of `job`; the outcome is in its place once the loop has delivered it.
  std::shared_ptr<std::optional<bool>> Start(HashingPool& pool, HashingPool::Job job, Weight weight = Weight::kLogin) {
    auto outcome = std::make_shared<std::optional<bool>>();
    Spawn(Await(pool, std::move(job), weight, outcome));
    return outcome;
  }
  Task<void> Await(HashingPool& pool, HashingPool::Job job, Weight weight,
                   std::shared_ptr<std::optional<bool>> outcome) {
    *outcome = co_await pool.Run(std::move(job), weight);
    loop_.Stop();
  }
  // Jobs that every thread of the pool is busy with until go_ is released so many times.
  void Occupy(HashingPool& pool, int threads) {
    for (int i = 0; i < threads; ++i) {
      Start(pool, [this](Hasher&) {
        taken_.release();
        go_.acquire();
      });
    }
    for (int i = 0; i < threads; ++i) taken_.acquire();
  }
  // How many of `count` such jobs the pool takes. Each writes its letter into order_ when it runs.
  int Offer(HashingPool& pool, int count, Weight weight, char letter) {
    int taken = 0;
    for (int i = 0; i < count; ++i) {
      taken += Start(pool, [this, letter](Hasher&) { order_ += letter; }, weight)->has_value() ? 0 : 1;
    }
    return taken;
  }
  void Finish(HashingPool& pool, int threads) {
    go_.release(threads);
    RunUntil([&] { return pool.idle(); });
  }
  void RunUntil(const std::function<bool()>& reached) {
    while (!reached()) loop_.Run();
  }

  Loop loop_;
  std::counting_semaphore<> taken_{0}, go_{0};
  std::string order_;
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

TEST_F(HashingPoolTest, KnownDevicesOvertakeAFullQueueOfLogins) {
  HashingPool pool(loop_, 1, 4, kSmall);
  Occupy(pool, 1);
  EXPECT_EQ(Offer(pool, 5, Weight::kLogin, 'l'), 4);
  EXPECT_EQ(Offer(pool, 2, Weight::kKnownDevice, 'k'), 2);
  Finish(pool, 1);
  EXPECT_EQ(order_, "kkllll");
}

TEST_F(HashingPoolTest, NoKindOfJobStarves) {
  HashingPool pool(loop_, 1, 12, kSmall);
  Occupy(pool, 1);
  EXPECT_EQ(Offer(pool, 12, Weight::kKnownDevice, 'k'), 12);
  EXPECT_EQ(Offer(pool, 12, Weight::kLogin, 'l'), 12);
  EXPECT_EQ(Offer(pool, 12, Weight::kNewPassword, 'n'), 12);
  EXPECT_EQ(pool.waiting(), 36u);
  Finish(pool, 1);
  ASSERT_EQ(order_.size(), 36u);
  for (std::size_t round = 0; round < 3; ++round) {
    std::string turns = order_.substr(round * 7, 7);
    std::ranges::sort(turns);
    EXPECT_EQ(turns, "kkkklln");
  }
  // What has nothing waiting gives up its turns to the others.
  const std::string rest = order_.substr(21);
  EXPECT_EQ(rest.find('k'), std::string::npos);
  EXPECT_EQ(std::ranges::count(rest, 'l'), 6);
  EXPECT_EQ(rest.substr(9), "nnnnnn");
}

TEST_F(HashingPoolTest, OneNewPasswordsManyJobsFitASmallQueue) {
  HashingPool pool(loop_, 1, 2, kSmall);
  Occupy(pool, 1);
  EXPECT_EQ(Offer(pool, 100, Weight::kNewPassword, 'n'), 64);
  Finish(pool, 1);
}

TEST_F(HashingPoolTest, ALoginThatWouldWaitTooLongIsRefusedBeforeTheQueueIsFull) {
  HashingPool one(loop_, 1, 100, kSmall, 500ms);
  Occupy(one, 1);
  EXPECT_EQ(Offer(one, 50, Weight::kLogin, 'l'), 4);         // 2 s
  EXPECT_EQ(Offer(one, 1, Weight::kKnownDevice, 'k'), 1);    // after two of the logins
  EXPECT_EQ(Offer(one, 50, Weight::kKnownDevice, 'k'), 15);  // 10 s
  EXPECT_EQ(Offer(one, 1, Weight::kNewPassword, 'n'), 1);
  Finish(one, 1);

  HashingPool two(loop_, 2, 100, kSmall, 500ms);
  Occupy(two, 2);
  EXPECT_EQ(Offer(two, 50, Weight::kLogin, 'l'), 8);
  Finish(two, 2);
}

TEST_F(HashingPoolTest, WhatComesBeforeALoginByTurnsIsPartOfItsWait) {
  HashingPool pool(loop_, 1, 100, kSmall, 300ms);
  Occupy(pool, 1);
  EXPECT_EQ(Offer(pool, 8, Weight::kKnownDevice, 'k'), 8);
  EXPECT_EQ(Offer(pool, 50, Weight::kLogin, 'l'), 2);
  Finish(pool, 1);
}

TEST_F(HashingPoolTest, AFreeThreadTakesAJobHoweverLongJobsTake) {
  HashingPool pool(loop_, 1, 100, kSmall, 1h);
  Occupy(pool, 1);
  EXPECT_EQ(Offer(pool, 1, Weight::kLogin, 'l'), 0);
  Finish(pool, 1);
  EXPECT_LT(pool.mean(), 1h);  // learnt from the job that ran
}

TEST_F(HashingPoolTest, TheMeanIsLearntFromJobsAndScaledWithTheParameters) {
  HashingPool fresh(loop_, 1, 4, kSmall);
  EXPECT_EQ(fresh.mean(), 0ms);
  auto outcome = Start(fresh, [](Hasher&) { std::this_thread::sleep_for(2ms); });
  RunUntil([&] { return outcome->has_value(); });
  EXPECT_GE(fresh.mean(), 2ms);

  HashingPool pool(loop_, 1, 4, kSmall, 100ms);
  pool.Configure(4, {.memory_kib = 2 * kSmall.memory_kib, .passes = 2 * kSmall.passes, .lanes = 1});
  EXPECT_EQ(pool.mean(), 400ms);
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

TEST_F(HashingPoolTest, ThereAreOneOrTwoThreadsAndACoreIsLeftWhereThereIsMoreThanOne) {
  EXPECT_GE(HashingPool::DefaultThreads(), 1u);
  EXPECT_LE(HashingPool::DefaultThreads(), 2u);
  const unsigned cores = std::thread::hardware_concurrency();
  if (cores > 1) {
    EXPECT_LT(HashingPool::DefaultThreads(), cores);
  }
}

}  // namespace
}  // namespace zoobar
