#include "ipc/fair_queue.h"
#include "ipc/run_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace zoobar {
namespace {

using testing::ElementsAre;
using Outcome = FairQueue::Outcome;

class FairQueueTest : public testing::Test {
 protected:
  ~FairQueueTest() override {
    turns_.clear();
    if (queue_) queue_->Close();
    queue_.reset();
    Turn();
  }
  void Make(FairQueue::Limits limits, Milliseconds expected = Milliseconds(0)) {
    queue_ = std::make_unique<FairQueue>(loop_, limits, expected);
  }
  FairQueue::Ask Of(std::string principal, std::string lane = {}) {
    FairQueue::Ask ask;
    ask.principal = std::move(principal);
    ask.lane = std::move(lane);
    return ask;
  }
  // Asks for a turn, and notes who gets one, in which order, and who is refused.
  void Join(FairQueue::Ask ask, FairQueue::Place* place = nullptr) { Spawn(Joined(std::move(ask), place)); }
  Task<void> Joined(FairQueue::Ask ask, FairQueue::Place* place) {
    const std::string who = ask.principal;
    auto waiting = queue_->Wait(std::move(ask), place);
    FairQueue::Turn turn = co_await waiting;
    if (turn.granted()) {
      served_.push_back(who);
      turns_.emplace(who, std::move(turn));
    } else {
      refused_.emplace_back(who, turn.outcome());
      retry_after_ = turn.retry_after_s();
    }
  }
  // Ends the oldest turn of this principal.
  void End(const std::string& who) {
    turns_.erase(turns_.find(who));
    Turn();
  }
  // The same, and charges the principal this time, however long the turn really was.
  void End(const std::string& who, Milliseconds charged) {
    turns_.find(who)->second.End(std::chrono::microseconds(charged).count());
    End(who);
  }
  // Lets time pass in all turns that are held.
  static void Use(Milliseconds time) {
    const std::int64_t until = MonotonicMicros() + time.count() * 1000;
    while (MonotonicMicros() < until) {
    }
  }
  void Turn() {
    for (int i = 0; i < 5; ++i) loop_.RunOnce();
  }
  void RunUntil(const std::function<bool()>& reached) { zoobar::RunUntil(loop_, reached); }

  Loop loop_;
  std::unique_ptr<FairQueue> queue_;
  std::vector<std::string> served_;
  std::vector<std::pair<std::string, Outcome>> refused_;
  std::multimap<std::string, FairQueue::Turn> turns_;
  std::int64_t retry_after_ = 0;
};

TEST_F(FairQueueTest, GrantsAtOnceWhileASlotIsFreeAndInOrderOfArrivalWithinOnePrincipal) {
  Make({.slots = 1, .slots_per_principal = 1});
  std::vector<std::string> order;
  const auto numbered = [&](int number) -> Task<void> {
    auto waiting = queue_->Wait(Of("a"));
    const FairQueue::Turn turn = co_await waiting;
    order.push_back(std::to_string(number));
  };
  for (int i = 0; i < 5; ++i) Spawn(numbered(i));
  Turn();
  Turn();
  EXPECT_THAT(order, ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(FairQueueTest, WhoAsksMuchDoesNotDelayWhoAsksOnce) {
  Make({.slots = 1});
  for (int i = 0; i < 50; ++i) Join(Of("greedy"));
  Join(Of("modest"));
  Turn();
  EXPECT_THAT(served_, ElementsAre("greedy"));
  End("greedy");
  EXPECT_THAT(served_, ElementsAre("greedy", "modest"));
}

TEST_F(FairQueueTest, ANewcomerGoesBeforeThoseThatHaveHadTheirShare) {
  Make({.slots = 1}, Milliseconds(1));
  for (int i = 0; i < 20; ++i) {
    for (int turn = 0; turn < 3; ++turn) Join(Of("g" + std::to_string(i)));
  }
  Turn();
  for (int i = 0; i < 25; ++i) {
    Use(Milliseconds(1));
    End(served_.back(), Milliseconds(1));
  }
  Join(Of("newcomer"));
  End(served_.back());
  EXPECT_EQ(served_.back(), "newcomer");
}

TEST_F(FairQueueTest, WhoHasHadATurnIsServedThoughNewcomersComeWithoutEnd) {
  Make({.slots = 1}, Milliseconds(1));
  Join(Of("member"));
  Join(Of("member"));
  int newcomers = 0;
  while (std::ranges::count(served_, "member") < 2 && newcomers < 100) {
    Join(Of("newcomer" + std::to_string(++newcomers)));
    Use(Milliseconds(1));
    End(served_.back(), Milliseconds(1));
  }
  EXPECT_LT(newcomers, 100);
}

TEST_F(FairQueueTest, WeightsShareTurnsInProportion) {
  Make({.slots = 1}, Milliseconds(10));
  Join(Of("first"));
  for (int i = 0; i < 60; ++i) {
    FairQueue::Ask heavy = Of("four");
    heavy.weight = 4;
    Join(std::move(heavy));
    Join(Of("one"));
  }
  Turn();
  std::map<std::string, int> turns;
  for (int i = 0; i < 50; ++i) {
    End(served_.back(), Milliseconds(2));
    ++turns[served_.back()];
  }
  EXPECT_GE(turns["four"], 3 * turns["one"]);
  EXPECT_GT(turns["one"], 0);
}

TEST_F(FairQueueTest, OnePrincipalsSlotsAreBoundedApartFromAll) {
  Make({.slots = 3, .slots_per_principal = 2});
  for (int i = 0; i < 5; ++i) Join(Of("greedy"));
  Join(Of("modest"));
  Turn();
  EXPECT_THAT(served_, testing::UnorderedElementsAre("greedy", "greedy", "modest"));
}

TEST_F(FairQueueTest, OneLaneIsServedOneAtATimeWhoeverAsks) {
  Make({.slots = 8, .slots_per_lane = 1});
  Join(Of("a", "program"));
  Join(Of("b", "program"));
  Join(Of("c", "other"));
  Turn();
  EXPECT_THAT(served_, ElementsAre("a", "c"));
  End("a");
  EXPECT_THAT(served_, ElementsAre("a", "c", "b"));
}

TEST_F(FairQueueTest, AReservedSlotIsForThoseThatHaveUsedLittleLately) {
  Make({.slots = 2, .slots_per_principal = 2, .reserved = 1, .light = Milliseconds(20)});
  Join(Of("heavy"));
  Turn();
  Use(Milliseconds(40));
  End("heavy");  // has used 40 ms
  Join(Of("heavy"));
  Join(Of("heavy"));
  Turn();
  EXPECT_THAT(served_, ElementsAre("heavy", "heavy"));
  Join(Of("light"));
  Turn();
  EXPECT_THAT(served_, ElementsAre("heavy", "heavy", "light"));
}

TEST_F(FairQueueTest, PlacesOfOnePrincipalAreBounded) {
  Make({.slots = 1, .waiting_per_principal = 3});
  for (int i = 0; i < 6; ++i) Join(Of("greedy"));
  Turn();
  EXPECT_EQ(queue_->figures().waiting, 3u);
  EXPECT_THAT(refused_, ElementsAre(std::pair(std::string("greedy"), Outcome::kShareFull),
                                    std::pair(std::string("greedy"), Outcome::kShareFull)));
}

TEST_F(FairQueueTest, WhenAllPlacesAreTakenTheOneWithMostGivesOneUp) {
  Make({.slots = 1, .waiting = 4, .waiting_per_principal = 8});
  for (int i = 0; i < 5; ++i) Join(Of("greedy"));
  Join(Of("modest"));
  Turn();
  EXPECT_THAT(refused_, ElementsAre(std::pair(std::string("greedy"), Outcome::kFull)));
  EXPECT_EQ(queue_->figures().waiting, 4u);
  Join(Of("greedy"));  // it cannot take the place back
  Turn();
  EXPECT_THAT(refused_.back(), testing::Eq(std::pair(std::string("greedy"), Outcome::kFull)));
  End("greedy");
  EXPECT_EQ(served_.back(), "modest");
}

TEST_F(FairQueueTest, WhoCannotBeServedInTimeIsRefusedAtOnceWithAnHonestTime) {
  Make({.slots = 1}, Milliseconds(1000));
  for (int i = 0; i < 10; ++i) Join(Of("p" + std::to_string(i)));
  FairQueue::Ask ask = Of("hurried");
  ask.cost = 20;
  ask.deadline = MonotonicMicros() + 5000000;
  Join(std::move(ask));
  Turn();
  EXPECT_THAT(refused_, ElementsAre(std::pair(std::string("hurried"), Outcome::kLate)));
  EXPECT_GE(retry_after_, 5);
  EXPECT_LE(retry_after_, 40);
}

TEST_F(FairQueueTest, WhoseDeadlinePassesIsToldAndNeverServed) {
  Make({.slots = 1});
  Join(Of("a"));
  FairQueue::Ask ask = Of("b");
  ask.deadline = MonotonicMicros() + 5000;
  Join(std::move(ask));
  RunUntil([&] { return !refused_.empty(); });
  EXPECT_THAT(refused_, ElementsAre(std::pair(std::string("b"), Outcome::kLate)));
  End("a");
  EXPECT_THAT(served_, ElementsAre("a"));
}

TEST_F(FairQueueTest, WhoIsGoneIsPassedOver) {
  Make({.slots = 1});
  bool gone = false;
  Join(Of("a"));
  FairQueue::Ask ask = Of("b");
  ask.gone = [&] { return gone; };
  Join(std::move(ask));
  Join(Of("c"));
  gone = true;
  Turn();
  End("a");
  EXPECT_THAT(served_, ElementsAre("a", "c"));
  EXPECT_THAT(refused_, ElementsAre(std::pair(std::string("b"), Outcome::kGone)));
}

TEST_F(FairQueueTest, SaysHowManyComeBefore) {
  Make({.slots = 1});
  FairQueue::Place second, third, other;
  Join(Of("a"));
  Join(Of("b"), &second);
  Join(Of("b"), &third);
  Join(Of("c"), &other);
  EXPECT_EQ(queue_->Before(second), 1u);  // c may come before it
  EXPECT_EQ(queue_->Before(third), 2u);
  EXPECT_EQ(queue_->Before(other), 1u);
}

TEST_F(FairQueueTest, TryPassesNobody) {
  Make({.slots = 1});
  EXPECT_TRUE(queue_->Try(Of("a")).granted());
  Join(Of("a"));
  Join(Of("b"));
  Turn();
  EXPECT_FALSE(queue_->Try(Of("c")).granted());
}

TEST_F(FairQueueTest, ATurnMayOutliveItsQueue) {
  Make({.slots = 1});
  FairQueue::Turn turn = queue_->Try(Of("a"));
  queue_.reset();
  turn.End();
}

TEST_F(FairQueueTest, ClosingRefusesAll) {
  Make({.slots = 1});
  Join(Of("a"));
  Join(Of("b"));
  queue_->Close();
  Join(Of("c"));
  EXPECT_THAT(refused_, ElementsAre(std::pair(std::string("b"), Outcome::kClosed),
                                    std::pair(std::string("c"), Outcome::kClosed)));
}

// A seed decides who asks and who ends a turn. At each moment the bounds hold, and each ask is answered once.
TEST_F(FairQueueTest, KeepsItsBoundsAndAnswersEverybodyOnceWhateverHappens) {
  std::mt19937 random(20261127);
  FairQueue::Limits limits{.slots = 4, .slots_per_principal = 2, .waiting = 40, .waiting_per_principal = 10};
  Make(limits);
  std::size_t asked = 0;
  for (int step = 0; step < 50000; ++step) {
    switch (random() % 4) {
      case 0:
      case 1: {
        FairQueue::Ask ask =
            Of("p" + std::to_string(random() % 20), random() % 2 ? "" : "l" + std::to_string(random() % 3));
        ask.cost = 1 + random() % 5;
        if (random() % 8 == 0) ask.deadline = MonotonicMicros() + static_cast<std::int64_t>(random() % 2000);
        if (random() % 8 == 0) ask.gone = [] { return true; };
        Join(std::move(ask));
        ++asked;
        break;
      }
      case 2:
        if (!turns_.empty())
          turns_.erase(std::next(turns_.begin(), static_cast<std::ptrdiff_t>(random() % turns_.size())));
        break;
      default:
        loop_.RunOnce();
    }
    const FairQueue::Figures figures = queue_->figures();
    ASSERT_LE(figures.running, limits.slots);
    ASSERT_LE(figures.waiting, limits.waiting);
    ASSERT_LE(figures.most_waiting, limits.waiting_per_principal);
    ASSERT_EQ(figures.running, turns_.size());
  }
  while (!turns_.empty() || queue_->figures().waiting > 0) {
    turns_.clear();
    loop_.RunOnce();
  }
  EXPECT_EQ(served_.size() + refused_.size(), asked);
}

}  // namespace
}  // namespace zoobar
