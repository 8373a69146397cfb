// Lanes, conditions and estimates of the fair queue.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "ipc/fair_queue.h"

namespace zoobar {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

FairQueue::Ask By(std::string principal, std::string lane = {}) {
  FairQueue::Ask ask;
  ask.principal = std::move(principal);
  ask.lane = std::move(lane);
  return ask;
}
FairQueue::Ask Until(std::int64_t deadline, FairQueue::Ask ask) {
  ask.deadline = deadline;
  return ask;
}
FairQueue::Ask Costing(double cost, FairQueue::Ask ask) {
  ask.cost = cost;
  return ask;
}
FairQueue::Ask Fitting(std::function<bool()> fits, FairQueue::Ask ask) {
  ask.fits = std::move(fits);
  return ask;
}

class LanesTest : public testing::Test {
 protected:
  void Make(FairQueue::Limits limits, Milliseconds expected = Milliseconds(1000)) {
    queue_ = std::make_unique<FairQueue>(loop_, limits, expected);
  }
  // Asks for a turn under this name. It is held until Leave.
  void Ask(const std::string& name, FairQueue::Ask ask) {
    Spawn(Wait(name, std::move(ask)));
    Turns();
  }
  Task<void> Wait(std::string name, FairQueue::Ask ask) {
    auto waiting = queue_->Wait(std::move(ask));
    FairQueue::Turn turn = co_await waiting;
    if (!turn.granted()) {
      refused_[name] = turn.outcome();
      co_return;
    }
    granted_.push_back(name);
    turns_.emplace(name, std::move(turn));
  }
  void Leave(const std::string& name, std::int64_t charged_us = 0) {
    turns_.at(name).End(charged_us);
    turns_.erase(name);
    Turns();
  }
  std::vector<std::string> Granted() { return std::exchange(granted_, {}); }
  void Turns() {
    for (int i = 0; i < 3; ++i) loop_.RunOnce();
  }
  void TearDown() override {
    queue_->Close();
    Turns();
    turns_.clear();
    Turns();
  }

  Loop loop_;
  std::unique_ptr<FairQueue> queue_;
  std::vector<std::string> granted_;
  std::map<std::string, FairQueue::Outcome> refused_;
  std::map<std::string, FairQueue::Turn> turns_;
};

TEST_F(LanesTest, AFreeSlotIsHadAtOnceThoughOthersWaitForTheirLane) {
  Make({.slots = 4, .slots_per_principal = 4});
  for (int i = 0; i < 5; ++i) Ask("slow" + std::to_string(i), By("v" + std::to_string(i), "slow"));
  EXPECT_THAT(Granted(), ElementsAre("slow0"));
  const std::int64_t soon = MonotonicMicros() + 2'000'000;
  Ask("other", Until(soon, By("w", "other")));
  EXPECT_THAT(Granted(), ElementsAre("other"));
  EXPECT_TRUE(queue_->Try(By("x", "third")).granted());
}

TEST_F(LanesTest, WhatWaitsInOneLaneIsExpectedToTakeNoOtherSlots) {
  Make({.slots = 2, .slots_per_principal = 4});
  for (int i = 0; i < 20; ++i) Ask("slow" + std::to_string(i), By("v" + std::to_string(i), "slow"));
  Ask("loose", By("w"));
  EXPECT_LT(queue_->ExpectedWait(By("x", "other")), Milliseconds(3000));
  EXPECT_GT(queue_->ExpectedWait(By("x", "slow")), Milliseconds(10000));
}

TEST_F(LanesTest, WhoHasUsedLittleIsNotExpectedToWaitBehindThoseWhoUsedMuch) {
  Make({.slots = 1, .slots_per_principal = 1});
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) Ask(std::to_string(i), By("v" + std::to_string(i)));
    for (int i = 0; i < 20; ++i) Leave(granted_.back(), 5'000'000);
  }
  for (int i = 0; i < 20; ++i) Ask(std::to_string(i), By("v" + std::to_string(i)));
  EXPECT_LT(queue_->ExpectedWait(By("newcomer")), Milliseconds(2000));
}

TEST_F(LanesTest, VisitorsOfOneLaneCannotTakeThePlacesOfAll) {
  Make({.slots = 1, .waiting = 100, .waiting_per_lane = 8});
  for (int i = 0; i < 50; ++i) Ask(std::to_string(i), By("v" + std::to_string(i), "slow"));
  EXPECT_EQ(queue_->figures().waiting, 8u);
  Ask("other", By("v0", "other"));
  EXPECT_EQ(queue_->figures().waiting, 9u);
}

TEST_F(LanesTest, WhoHoldsMostPlacesOfALaneLosesOneToWhoHoldsNone) {
  Make({.slots = 1, .waiting_per_lane = 4});
  for (int i = 0; i < 5; ++i) Ask("greedy" + std::to_string(i), By("greedy", "slow"));
  Ask("modest", By("modest", "slow"));
  Turns();
  EXPECT_THAT(refused_, ElementsAre(testing::Pair("greedy4", FairQueue::Outcome::kFull)));
}

TEST_F(LanesTest, WhatDoesNotFitYetWaitsAndHoldsNobodyUp) {
  Make({.slots = 2, .slots_per_principal = 2});
  bool fits = false;
  Ask("picky", Fitting([&fits] { return fits; }, By("a")));
  Ask("b", By("b"));
  EXPECT_THAT(Granted(), ElementsAre("b"));
  fits = true;
  Leave("b");
  EXPECT_THAT(Granted(), ElementsAre("picky"));
}

TEST_F(LanesTest, ADeadlineForTheBeginningAsksNothingOfTheEnd) {
  Make({.slots = 1}, Milliseconds(5000));
  const std::int64_t soon = MonotonicMicros() + 4'000'000;
  Ask("first", By("a"));
  FairQueue::Ask begins = Costing(10, Until(soon, By("b")));
  begins.begins = true;
  Ask("begins", std::move(begins));
  Ask("ends", Costing(10, Until(soon, By("b"))));
  EXPECT_THAT(refused_, ElementsAre(testing::Pair("ends", FairQueue::Outcome::kLate)));
}

TEST_F(LanesTest, ShortFirstPutsTheCheaperOfTwoEqualsFirst) {
  for (const bool short_first : {false, true}) {
    Make({.slots = 1, .short_first = short_first});
    Ask("first", By("a"));
    Ask("dear", Costing(5, By("b")));
    Ask("cheap", Costing(0.1, By("c")));
    Granted();
    Leave("first");
    EXPECT_THAT(Granted(), ElementsAre(short_first ? "cheap" : "dear"));
    TearDown();
    refused_.clear();
  }
}

TEST_F(LanesTest, WhoCouldNotRunForLongSavesUpNoMoreThanOneTurn) {
  Make({.slots = 1, .slots_per_principal = 1});
  bool fits = false;
  for (int i = 0; i < 10; ++i) {
    Ask("blocked" + std::to_string(i), Fitting([&fits] { return fits; }, By("blocked")));
  }
  for (int i = 0; i < 20; ++i) {
    Ask("other", By("other"));
    Leave("other", 1'000'000);
  }
  Ask("holds", By("third"));
  fits = true;
  for (int i = 0; i < 3; ++i) Ask("newcomer" + std::to_string(i), By("n" + std::to_string(i)));
  Granted();
  std::vector<std::string> order;
  std::string last = "holds";
  for (int i = 0; i < 6; ++i) {
    Leave(last, 1'000'000);
    ASSERT_THAT(granted_, SizeIs(1));
    last = granted_.front();
    order.push_back(last);
    granted_.clear();
  }
  EXPECT_THAT(order, Contains("newcomer2")) << "within the first rounds";
}

TEST_F(LanesTest, ManyWhoseDeadlinesPassTogetherAreAllRefused) {
  Make({.slots = 1}, Milliseconds(0));
  Ask("first", By("a"));
  const std::int64_t soon = MonotonicMicros() + 20'000;
  for (int i = 0; i < 50; ++i) Ask("late" + std::to_string(i), Until(soon, By("p" + std::to_string(i % 7))));
  while (refused_.size() < 50) loop_.RunOnce();
  Leave("first");
  EXPECT_THAT(Granted(), ElementsAre("first"));
  EXPECT_EQ(queue_->figures().late, 50);
}

}  // namespace
}  // namespace zoobar
