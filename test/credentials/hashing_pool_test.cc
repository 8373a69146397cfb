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
#include "ipc/run_until.h"

namespace zoobar {
namespace {

using Kind = HashingPool::Kind;
using Outcome = FairQueue::Outcome;
using std::chrono_literals::operator""ms;

constexpr Argon2Parameters kQuick{.memory_kib = 64, .passes = 1, .lanes = 1};
constexpr HashingPool::Places kFew{.logins = 4, .new_passwords = 4};

class HashingPoolTest : public testing::Test {
 protected:
  // Work of some jobs, which is admitted first. The result is set when the loop has delivered it.
  struct Work {
    std::optional<Outcome> admitted;
    bool done = false;
  };
  std::shared_ptr<Work> Start(HashingPool& pool, HashingPool::Job job, Kind kind = Kind::kLogin,
                              const std::string& principal = "somebody", int jobs = 1, std::int64_t deadline = 0) {
    auto work = std::make_shared<Work>();
    FairQueue::Ask ask;
    ask.principal = principal;
    ask.cost = jobs;
    ask.deadline = deadline;
    Spawn(Do(pool, std::move(job), kind, std::move(ask), work));
    return work;
  }
  Task<void> Do(HashingPool& pool, HashingPool::Job job, Kind kind, FairQueue::Ask ask, std::shared_ptr<Work> work) {
    const int jobs = static_cast<int>(ask.cost);
    auto admission = pool.Admit(kind, std::move(ask));
    const FairQueue::Turn turn = co_await admission;
    work->admitted = turn.outcome();
    for (int i = 0; i < jobs && turn.granted(); ++i) {
      HashingPool::Job again = job;
      auto done = pool.Do(std::move(again), kind);
      work->done = co_await done;
    }
    loop_.Stop();
  }
  // Jobs that keep every thread of the pool busy until go_ is released so many times. Their time is charged to their
  // kind. Use a kind that the test does not look at.
  void Occupy(HashingPool& pool, int threads, Kind kind = Kind::kLogin) {
    const auto hold = [this](Hasher&) {
      taken_.release();
      go_.acquire();
    };
    for (int i = 0; i < threads; ++i) Start(pool, hold, kind, "busy");
    RunUntil([&] { return pool.threads().figures().running == static_cast<std::size_t>(threads); });
    for (int i = 0; i < threads; ++i) taken_.acquire();
  }
  // A job that writes its letter into order_.
  HashingPool::Job Write(char letter) {
    return [this, letter](Hasher&) { order_ += letter; };
  }
  void Finish(HashingPool& pool, int threads) {
    go_.release(threads);
    RunUntil([&] { return pool.idle() && pool.waiting() == 0; });
  }
  void RunUntil(const std::function<bool()>& reached) { zoobar::RunUntil(loop_, reached); }

  Loop loop_;
  std::counting_semaphore<> taken_{0}, go_{0};
  std::string order_;
};

TEST_F(HashingPoolTest, AJobRunsOnAnotherThreadAndItsWaiterOnTheLoops) {
  HashingPool pool(loop_, 1, kFew, kQuick);
  std::thread::id ran;
  auto work = Start(pool, [&](Hasher&) { ran = std::this_thread::get_id(); });
  EXPECT_FALSE(work->done);
  RunUntil([&] { return work->done; });
  EXPECT_NE(ran, std::this_thread::get_id());
  EXPECT_TRUE(pool.idle());
}

TEST_F(HashingPoolTest, PastTheQueuesPlacesTheAnswerIsNoAtOnce) {
  HashingPool pool(loop_, 1, {.logins = 3, .new_passwords = 1}, kQuick);
  Occupy(pool, 1);
  std::vector<std::shared_ptr<Work>> waiting;
  for (int i = 0; i < 1 + 3; ++i) waiting.push_back(Start(pool, Write('l')));  // two are admitted for each thread
  for (const auto& work : waiting) EXPECT_FALSE(work->done);
  const auto refused = Start(pool, Write('x'));
  ASSERT_TRUE(refused->admitted);
  EXPECT_EQ(*refused->admitted, Outcome::kShareFull);
  EXPECT_FALSE(Start(pool, Write('n'), Kind::kNewPassword)->admitted == Outcome::kShareFull)
      << "each kind has a queue of its own";
  Finish(pool, 1);
  for (const auto& work : waiting) EXPECT_TRUE(work->done);
  EXPECT_EQ(std::ranges::count(order_, 'l'), 4);
  EXPECT_EQ(std::ranges::count(order_, 'x'), 0);
}

TEST_F(HashingPoolTest, WhoeverHoldsMostPlacesGivesOneUpToANewcomer) {
  HashingPool pool(loop_, 1, {.logins = 3, .new_passwords = 1}, kQuick);
  Occupy(pool, 1);
  for (int i = 0; i < 1 + 3; ++i) Start(pool, Write('a'), Kind::kLogin, "flooding address");
  const auto newcomer = Start(pool, Write('b'), Kind::kLogin, "another address");
  EXPECT_FALSE(newcomer->admitted);
  Finish(pool, 1);
  EXPECT_TRUE(newcomer->done);
  EXPECT_EQ(std::ranges::count(order_, 'a'), 3);
}

TEST_F(HashingPoolTest, KnownDevicesOvertakeAFullQueueOfLogins) {
  HashingPool pool(loop_, 1, {.logins = 16, .new_passwords = 1}, kQuick);
  Occupy(pool, 1);
  for (int i = 0; i < 10; ++i) Start(pool, Write('l'), Kind::kLogin, "address" + std::to_string(i));
  const auto known = Start(pool, Write('k'), Kind::kKnownDevice, "member");
  loop_.RunOnce();
  Finish(pool, 1);
  EXPECT_TRUE(known->done);
  EXPECT_LE(order_.find('k'), 1u) << order_;
}

// Shares are shares of time. These jobs all take about the same time.
TEST_F(HashingPoolTest, TheKindsShareTheThreadsFourToTwoToOneAndNoneStarves) {
  HashingPool pool(loop_, 1, {.logins = 64, .new_passwords = 64}, kQuick);
  Occupy(pool, 1);
  const auto slow = [this](char letter) {
    return [this, letter](Hasher&) {
      std::this_thread::sleep_for(10ms);  // much more than a busy machine adds to it
      order_ += letter;
    };
  };
  for (int i = 0; i < 28; ++i) {
    Start(pool, slow('k'), Kind::kKnownDevice, std::to_string(i));
    Start(pool, slow('l'), Kind::kLogin, std::to_string(i));
  }
  Start(pool, slow('n'), Kind::kNewPassword, "registering", 20);
  Start(pool, slow('n'), Kind::kNewPassword, "another", 20);
  loop_.RunOnce();
  Finish(pool, 1);
  // Only counts while all kinds wait, which is until the known devices are done. That takes 28 * 7 / 4 turns.
  const std::string first = order_.substr(0, 42);
  EXPECT_GE(std::ranges::count(first, 'k'), 17) << order_;
  EXPECT_GE(std::ranges::count(first, 'l'), 8) << order_;
  EXPECT_GE(std::ranges::count(first, 'n'), 3) << order_;
  EXPECT_EQ(order_.size(), 28u + 28u + 40u);
}

TEST_F(HashingPoolTest, ALoginPassesBetweenTheHashesOfANewPassword) {
  HashingPool pool(loop_, 1, {.logins = 4, .new_passwords = 64}, kQuick);
  Occupy(pool, 1, Kind::kKnownDevice);
  for (int i = 0; i < 4; ++i) Start(pool, Write('n'), Kind::kNewPassword, "class", 20);
  Start(pool, Write('l'));
  Finish(pool, 1);
  EXPECT_EQ(order_.size(), 81u);
  EXPECT_LE(order_.find('l'), 4u) << order_;
}

TEST_F(HashingPoolTest, NewPasswordsAreDoneInOrderOfArrivalNotAllAtTheEnd) {
  HashingPool pool(loop_, 1, {.logins = 4, .new_passwords = 64}, kQuick);
  Occupy(pool, 1);
  for (char letter = 'a'; letter < 'a' + 8; ++letter) Start(pool, Write(letter), Kind::kNewPassword, "class", 5);
  Finish(pool, 1);
  ASSERT_EQ(order_.size(), 40u);
  for (char letter = 'a'; letter < 'a' + 8; ++letter) {
    // At most kNewPasswordsAtOnce are worked on at the same time. So each is done before the one two places later
    // begins.
    if (letter + 2 < 'a' + 8) {
      EXPECT_LT(order_.rfind(letter), order_.find(static_cast<char>(letter + 2))) << order_;
    }
  }
}

TEST_F(HashingPoolTest, WhatCannotBeDoneInTimeIsRefusedAtOnceByItsWholeCost) {
  HashingPool pool(loop_, 1, {.logins = 64, .new_passwords = 64}, kQuick);
  // The queue learns how long a job takes.
  auto learnt = Start(pool, [](Hasher&) { std::this_thread::sleep_for(20ms); }, Kind::kNewPassword, "a", 1);
  RunUntil([&] { return learnt->done; });
  const std::int64_t soon = MonotonicMicros() + 200'000;
  const auto one = Start(pool, [](Hasher&) {}, Kind::kNewPassword, "a", 1, MonotonicMicros() + 60'000'000);
  const auto twenty = Start(pool, [](Hasher&) {}, Kind::kNewPassword, "b", 1000, soon);
  RunUntil([&] { return one->done; });
  // If a thread is free, anybody is admitted. If others wait, the whole cost counts.
  Occupy(pool, 1);
  for (int i = 0; i < 2; ++i) Start(pool, [](Hasher&) {}, Kind::kNewPassword, "c", 1);
  const auto late = Start(pool, [](Hasher&) {}, Kind::kNewPassword, "d", 1000, MonotonicMicros() + 200'000);
  ASSERT_TRUE(late->admitted);
  EXPECT_EQ(*late->admitted, Outcome::kLate);
  Finish(pool, 1);
  EXPECT_TRUE(twenty->admitted);
}

TEST_F(HashingPoolTest, ClosedItRefusesWhoWaitsAndFinishesWhatWasAdmitted) {
  HashingPool pool(loop_, 1, {.logins = 8, .new_passwords = 8}, kQuick);
  Occupy(pool, 1);
  const auto admitted = Start(pool, Write('a'));
  const auto waits = Start(pool, Write('w'), Kind::kLogin, "another");
  pool.Close();
  ASSERT_TRUE(waits->admitted);
  EXPECT_EQ(*waits->admitted, Outcome::kClosed);
  EXPECT_EQ(*Start(pool, Write('n'))->admitted, Outcome::kClosed);
  Finish(pool, 1);
  EXPECT_TRUE(admitted->done);
  EXPECT_EQ(order_, "a");
}

TEST_F(HashingPoolTest, ThreadsWorkSideBySide) {
  HashingPool pool(loop_, 2, kFew, kQuick);
  std::latch both(2);
  auto first = Start(pool, [&](Hasher&) { both.arrive_and_wait(); });
  auto second = Start(pool, [&](Hasher&) { both.arrive_and_wait(); });
  RunUntil([&] { return first->done && second->done; });
  EXPECT_TRUE(pool.idle());
}

TEST_F(HashingPoolTest, NewParametersHoldFromTheNextJobOn) {
  HashingPool pool(loop_, 1, kFew, kQuick);
  const Argon2Parameters larger{256, 1, 1};
  pool.Configure({.logins = 1, .new_passwords = 1}, larger);
  Bytes tag;
  auto work = Start(pool, [&](Hasher& hasher) { tag = *hasher.Tag("password", larger, "0123456789abcdef"); });
  RunUntil([&] { return work->done; });
  EXPECT_EQ(tag.size(), kTagBytes);
}

TEST_F(HashingPoolTest, ItMayGoWithItsLoopStillUnturned) { HashingPool pool(loop_, 2, kFew, kQuick); }

// Leaves the text deep in the stack, as libargon2 leaves parts of a password.
[[gnu::noinline, gnu::no_sanitize_address]] void LeaveOnStack(const HiddenText& text) {
  char frame[32768];
  for (std::size_t i = 0; i < text.size(); ++i) frame[100 + i] = text.At(i);
  asm volatile("" : : "r"(frame) : "memory");  // keeps the compiler from removing it
}

TEST_F(HashingPoolTest, WhatAJobLeavesOnItsStackIsWiped) {
  HashingPool pool(loop_, 1, kFew, kQuick);
  const HiddenText text;
  std::vector<std::string> before;
  auto work = Start(pool, [&](Hasher&) {
    LeaveOnStack(text);
    before = FindInMemory("self", text);
  });
  RunUntil([&] { return work->done; });
  EXPECT_THAT(before, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(FindInMemory("self", text), testing::IsEmpty());
}

TEST_F(HashingPoolTest, BothCoresOfTwoHashAndOfMoreOneIsLeft) {
  const unsigned cores = std::thread::hardware_concurrency(), threads = HashingPool::DefaultThreads();
  EXPECT_GE(threads, 1u);
  EXPECT_LE(threads, HashingPool::kMostThreads);
  if (cores == 2) {
    EXPECT_EQ(threads, 2u);
  }
  if (cores > 2) {
    EXPECT_LT(threads, cores);
  }
}

}  // namespace
}  // namespace zoobar
