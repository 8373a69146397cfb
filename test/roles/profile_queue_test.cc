#include "roles/profile_queue.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace zoobar {
namespace {

using ::testing::ElementsAre;

class RunQueueTest : public testing::Test {
 protected:
  // Somebody waits for a turn, longer than any test takes; what came of it is noted in order.
  void Enter(const std::string& owner, const std::string& visitor, bool slowed = false,
             Milliseconds patience = Milliseconds(3600000)) {
    Spawn(Wait(owner, visitor, slowed, patience));
  }
  Task<void> Wait(std::string owner, std::string visitor, bool slowed, Milliseconds patience) {
    auto entering = queue_.Enter(owner, visitor, slowed, patience);
    const bool entered = co_await entering;
    (entered ? entered_ : sent_away_).push_back(owner + "/" + visitor);
    if (entered) running_.emplace_back(owner, visitor);
  }
  void Leave(const std::string& owner, const std::string& visitor, double seconds = 0) {
    std::erase(running_, std::pair(owner, visitor));
    queue_.Leave(owner, visitor, static_cast<std::uint64_t>(seconds * 1e6));
  }
  std::vector<std::string> Entered() { return std::exchange(entered_, {}); }
  // Whoever has lost patience by now goes.
  void Turns() {
    for (int i = 0; i < 3; ++i) loop_.RunOnce();
  }
  // What is left waiting goes away.
  void TearDown() override {
    queue_.SetLimits({1000, 1000});
    while (!running_.empty()) {
      const auto [owner, visitor] = running_.front();
      Leave(owner, visitor);
    }
    Turns();
  }

  Loop loop_;
  std::int64_t now_us_ = 0;
  RunQueue queue_{loop_, {.slots = 2, .waiting = 256}, [this] { return now_us_; }};
  std::vector<std::string> entered_, sent_away_;
  std::vector<std::pair<std::string, std::string>> running_;
};

TEST_F(RunQueueTest, OwnersRunSideBySideUpToTheSlots) {
  Enter("a", "v1");
  Enter("b", "v2");
  Enter("c", "v3");
  EXPECT_THAT(Entered(), ElementsAre("a/v1", "b/v2"));
  EXPECT_EQ(queue_.running(), 2u);
  EXPECT_EQ(queue_.waiting(), 1u);
  Leave("a", "v1");
  EXPECT_THAT(Entered(), ElementsAre("c/v3"));
}

TEST_F(RunQueueTest, OneOwnersRunsAreOneAtATimeInTheOrderTheyCame) {
  Enter("a", "v1");
  Enter("a", "v2");
  Enter("a", "v3");
  EXPECT_THAT(Entered(), ElementsAre("a/v1"));
  Leave("a", "v1");
  EXPECT_THAT(Entered(), ElementsAre("a/v2"));
  Leave("a", "v2");
  EXPECT_THAT(Entered(), ElementsAre("a/v3"));
}

TEST_F(RunQueueTest, AnOwnerWhoWaitsForThemselvesHoldsNobodyUp) {
  Enter("a", "v1");
  Enter("a", "v2");
  Enter("b", "v3");
  EXPECT_THAT(Entered(), ElementsAre("a/v1", "b/v3"));
}

TEST_F(RunQueueTest, AVisitorWithFewerRunsGoingComesFirst) {
  Enter("a", "greedy");
  Enter("b", "greedy");
  Enter("c", "greedy");
  Enter("d", "modest");
  EXPECT_THAT(Entered(), ElementsAre("a/greedy", "b/greedy"));
  Leave("a", "greedy");
  EXPECT_THAT(Entered(), ElementsAre("d/modest"));
  Leave("b", "greedy");
  EXPECT_THAT(Entered(), ElementsAre("c/greedy"));
}

TEST_F(RunQueueTest, PastItsBudgetAnOwnerSharesOneSlotWithAllOfItsKind) {
  for (const char* owner : {"hog", "sow"}) {
    Enter(owner, "v");
    Leave(owner, "v", RunQueue::kBudget + 1);
  }
  EXPECT_TRUE(queue_.OverBudget("hog"));
  Entered();
  Enter("hog", "v1");
  Enter("sow", "v2");
  Enter("a", "v3");
  EXPECT_THAT(Entered(), ElementsAre("hog/v1", "a/v3"));
  Leave("a", "v3");
  EXPECT_THAT(Entered(), ElementsAre()) << "a free slot is not for them";
  Leave("hog", "v1");
  EXPECT_THAT(Entered(), ElementsAre("sow/v2"));
}

TEST_F(RunQueueTest, ASlowedOwnerGetsTheLastSlotOnlyToo) {
  Enter("slow", "v1", true);
  Enter("snail", "v2", true);
  Enter("a", "v3");
  EXPECT_THAT(Entered(), ElementsAre("slow/v1", "a/v3"));
  Leave("slow", "v1");
  EXPECT_THAT(Entered(), ElementsAre("snail/v2"));
}

TEST_F(RunQueueTest, ProcessorTimeIsForgottenAsTimePasses) {
  Enter("hog", "v");
  Leave("hog", "v", RunQueue::kBudget + 1);
  EXPECT_TRUE(queue_.OverBudget("hog"));
  now_us_ += static_cast<std::int64_t>(2 / RunQueue::kForgottenEachSecond * 1e6);
  EXPECT_FALSE(queue_.OverBudget("hog"));
}

TEST_F(RunQueueTest, WhoLosesPatienceIsSentAwayAndTakesNoTurn) {
  Enter("a", "v1");
  Enter("a", "v2", false, Milliseconds(0));
  Enter("a", "v3");
  while (sent_away_.empty()) Turns();
  EXPECT_THAT(sent_away_, ElementsAre("a/v2"));
  Entered();
  Leave("a", "v1");
  EXPECT_THAT(Entered(), ElementsAre("a/v3"));
}

TEST_F(RunQueueTest, PastTheLimitOfWaitersOneIsSentAwayAtOnce) {
  queue_.SetLimits({.slots = 1, .waiting = 2});
  for (const char* visitor : {"v1", "v2", "v3", "v4"}) Enter("a", visitor);
  EXPECT_THAT(Entered(), ElementsAre("a/v1"));
  EXPECT_THAT(sent_away_, ElementsAre("a/v4"));
}

TEST_F(RunQueueTest, OneVisitorCannotFillTheQueue) {
  Enter("a", "first");
  for (std::size_t i = 0; i < RunQueue::kMaxWaitingOfVisitor; ++i) Enter("a", "greedy");
  EXPECT_TRUE(sent_away_.empty());
  Enter("a", "greedy");
  EXPECT_THAT(sent_away_, ElementsAre("a/greedy"));
  Enter("a", "modest");
  EXPECT_EQ(sent_away_.size(), 1u);
}

TEST_F(RunQueueTest, MoreSlotsLetWaitersInAtOnce) {
  for (const char* owner : {"a", "b", "c"}) Enter(owner, "v");
  Entered();
  queue_.SetLimits({.slots = 3, .waiting = 256});
  EXPECT_THAT(Entered(), ElementsAre("c/v"));
}

}  // namespace
}  // namespace zoobar
