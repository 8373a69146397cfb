#include "roles/profile/queue.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace zoobar {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::int64_t kSecond = 1'000'000;

class RunQueueTest : public testing::Test {
 protected:
  // A visit waits for a turn. Its result is written down in order, as "owner/visitor".
  void Enter(const std::string& owner, const std::string& visitor, bool slowed = false, std::int64_t patience_us = 0) {
    const std::int64_t deadline = patience_us == 0 ? 0 : MonotonicMicros() + patience_us;
    Spawn(Wait({owner, visitor, slowed, deadline}));
    Turns();
  }
  Task<void> Wait(RunQueue::Visit visit) {
    const std::string name = visit.owner + "/" + visit.visitor;
    auto entering = queue_.Enter(visit);
    RunQueue::Turn turn = co_await entering;
    if (!turn.granted()) {
      sent_away_.push_back(name);
      outcomes_.push_back(turn.outcome());
      co_return;
    }
    entered_.push_back(name);
    Promised<bool> over;
    running_[visit.owner] = &over;
    turn.CanBeEndedBy([this, name] { ended_.push_back(name); });
    co_await over;
    running_.erase(visit.owner);
    turn.Used(static_cast<std::uint64_t>(cpu_us_), static_cast<std::uint64_t>(given_us_));
  }
  // Ends the run of this owner, which used so much.
  void Leave(const std::string& owner, double cpu_seconds = 0, double given_seconds = 0.01) {
    cpu_us_ = static_cast<std::int64_t>(cpu_seconds * kSecond);
    given_us_ = static_cast<std::int64_t>(given_seconds * kSecond);
    running_.at(owner)->Set(true);
    Turns();
  }
  std::vector<std::string> Entered() { return std::exchange(entered_, {}); }
  void Turns() {
    for (int i = 0; i < 3; ++i) loop_.RunOnce();
  }
  // Runs the loop until the queue's own timer has had a run ended.
  void UntilEnded() {
    while (ended_.empty()) loop_.RunOnce();
  }
  // Lets all visits that still wait run and end.
  void TearDown() override {
    queue_.SetLimits({.slots = 1000, .waiting = 1000});
    Turns();
    while (!running_.empty()) Leave(running_.begin()->first);
  }

  Loop loop_;
  std::int64_t now_us_ = 1, cpu_us_ = 0, given_us_ = 0;
  RunQueue queue_{loop_, {.slots = 4, .waiting = 256}, [this] { return now_us_; }};
  std::vector<std::string> entered_, sent_away_, ended_;
  std::vector<FairQueue::Outcome> outcomes_;
  std::map<std::string, Promised<bool>*> running_;
};

TEST_F(RunQueueTest, OwnersRunSideBySideUpToTheSlots) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Enter(name, std::string("v") + name);
  EXPECT_THAT(Entered(), ElementsAre("a/va", "b/vb", "c/vc", "d/vd"));
  EXPECT_EQ(queue_.running(), 4u);
  EXPECT_EQ(queue_.waiting(), 1u);
  Leave("a");
  EXPECT_THAT(Entered(), ElementsAre("e/ve"));
}

TEST_F(RunQueueTest, OneOwnersRunsAreOneAtATime) {
  Enter("a", "v1");
  Enter("a", "v2");
  EXPECT_THAT(Entered(), ElementsAre("a/v1"));
  Leave("a");
  EXPECT_THAT(Entered(), ElementsAre("a/v2"));
}

TEST_F(RunQueueTest, AnOwnerWhoWaitsForThemselvesHoldsNobodyUp) {
  Enter("a", "v1");
  Enter("a", "v2");
  Enter("b", "v3");
  EXPECT_THAT(Entered(), ElementsAre("a/v1", "b/v3"));
}

TEST_F(RunQueueTest, OneVisitorHoldsAtMostHalfOfTheSlots) {
  for (const char* owner : {"a", "b", "c"}) Enter(owner, "greedy");
  EXPECT_THAT(Entered(), SizeIs(2));
  Enter("d", "modest");
  EXPECT_THAT(Entered(), ElementsAre("d/modest"));
}

TEST_F(RunQueueTest, AVisitorWithManyLooksWaitingDoesNotMakeAProgramBusyForOthers) {
  for (int i = 0; i < 17; ++i) Enter("halfsec", "greedy");
  EXPECT_THAT(Entered(), ElementsAre("halfsec/greedy"));
  Enter("halfsec", "modest");
  EXPECT_THAT(sent_away_, Not(Contains("halfsec/modest")));
  Leave("halfsec", 0, 0.5);
  EXPECT_THAT(Entered(), ElementsAre("halfsec/modest")) << "before all that the other waits for";
}

TEST_F(RunQueueTest, TurnsAreCountedAndNotOnlyRunsThatGo) {
  for (int i = 0; i < 4; ++i) Enter("halfsec", "greedy");
  for (int i = 0; i < 4; ++i) Enter("halfsec", "modest");
  std::vector<std::string> order = Entered();
  for (int i = 0; i < 7; ++i) {
    Leave("halfsec", 0, 0.5);
    for (const std::string& name : Entered()) order.push_back(name);
  }
  ASSERT_THAT(order, SizeIs(8));
  EXPECT_EQ(std::count(order.begin(), order.begin() + 4, "halfsec/modest"), 2);
}

TEST_F(RunQueueTest, SeventeenVisitorsCannotTakeAllPlaces) {
  for (int visitor = 0; visitor < 40; ++visitor) {
    for (std::size_t i = 0; i < RunQueue::kWaitingOfVisitor; ++i) {
      Enter("slow" + std::to_string(i), "hostile" + std::to_string(visitor));
    }
  }
  EXPECT_LE(queue_.waiting(), 256u);
  Enter("innocent", "honest");
  EXPECT_THAT(sent_away_, Not(Contains("innocent/honest")));
}

TEST_F(RunQueueTest, VisitorsOfOneProgramCannotTakeAllPlaces) {
  for (int visitor = 0; visitor < 300; ++visitor) Enter("slow", "v" + std::to_string(visitor));
  EXPECT_EQ(queue_.waiting(), RunQueue::kWaitingOfOwner);
  Enter("other", "v0");
  EXPECT_THAT(Entered(), Contains("other/v0"));
}

TEST_F(RunQueueTest, OneVisitorCannotFillTheQueue) {
  Enter("a", "first");
  for (std::size_t i = 0; i <= RunQueue::kWaitingOfVisitor; ++i) Enter("a", "greedy");
  EXPECT_THAT(sent_away_, ElementsAre("a/greedy"));
  EXPECT_THAT(outcomes_, ElementsAre(FairQueue::Outcome::kShareFull));
  Enter("a", "modest");
  EXPECT_THAT(sent_away_, SizeIs(1));
}

TEST_F(RunQueueTest, AQuickLookFindsASlotWhileSlowProgramsHaveAllTheirs) {
  for (const char* owner : {"a", "b", "c", "d", "e"}) {
    Enter(owner, std::string("v") + owner);
    Leave(owner, 0, 5);
  }
  Entered();
  for (const char* owner : {"a", "b", "c", "d", "e"}) Enter(owner, std::string("w") + owner);
  EXPECT_THAT(Entered(), ElementsAre("a/wa", "b/wb", "c/wc"));
  Enter("quick", "honest");
  EXPECT_THAT(Entered(), ElementsAre("quick/honest"));
}

TEST_F(RunQueueTest, OfTwoLightVisitorsTheOneAtAQuickProgramIsFirst) {
  Enter("quick", "v");
  Leave("quick", 0, 0.02);
  for (const char* owner : {"a", "b", "c", "d", "unknown"}) Enter(owner, std::string("v") + owner);
  Enter("quick", "honest");
  Entered();
  Leave("a");
  EXPECT_THAT(Entered(), ElementsAre("quick/honest"));
}

TEST_F(RunQueueTest, ALongRunIsEndedWhenAllSlotsAreTakenByThemAndAQuickLookWaits) {
  Enter("hog", "v");
  Leave("hog", 3, 0.5);
  for (const char* owner : {"a", "hog", "c", "d"}) Enter(owner, std::string("v") + owner);
  Enter("quick", "honest");
  now_us_ += kSecond / 2;
  for (int i = 0; i < 20; ++i) loop_.RunOnce();
  EXPECT_THAT(ended_, IsEmpty()) << "each run has a while to itself";
  now_us_ += kSecond;
  UntilEnded();
  EXPECT_THAT(ended_, ElementsAre("hog/vhog")) << "whose owner used most";
  Entered();
  Leave("hog", 1, 1.5);
  EXPECT_THAT(Entered(), ElementsAre("quick/honest"));
}

TEST_F(RunQueueTest, LongRunsKeepHalfOfTheSlots) {
  for (const char* owner : {"a", "b"}) Enter(owner, std::string("v") + owner);
  now_us_ += 2 * kSecond;
  for (const char* owner : {"c", "d"}) Enter(owner, std::string("v") + owner);
  Enter("quick", "honest");
  now_us_ += kSecond / 2;
  for (int i = 0; i < 5; ++i) {
    std::int64_t until = MonotonicMicros() + 60'000;
    while (MonotonicMicros() < until) loop_.RunOnce();
  }
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(RunQueueTest, OneOfEightSlotsIsKeptForProgramsThatAreKnownToBeShort) {
  queue_.SetLimits({.slots = 8, .waiting = 256});
  Enter("short", "v");
  Leave("short", 0, 0.01);
  Enter("longer", "v");
  Leave("longer", 0, 0.3);
  Entered();
  for (const char* owner : {"a", "b", "c", "d", "e", "f"}) Enter(owner, std::string("v") + owner);
  Enter("longer", "v1");
  Enter("unknown", "v2");
  EXPECT_THAT(Entered(), ElementsAre("a/va", "b/vb", "c/vc", "d/vd", "e/ve", "f/vf", "longer/v1"));
  Enter("short", "v3");
  EXPECT_THAT(Entered(), ElementsAre("short/v3"));
  Leave("short", 0, 0.3);
  EXPECT_THAT(Entered(), IsEmpty());
  Enter("short", "v4");
  EXPECT_THAT(Entered(), IsEmpty()) << "it was not short the last time";
  Leave("a");
  EXPECT_THAT(Entered(), SizeIs(1));
}

TEST_F(RunQueueTest, ALongRunIsEndedForQuickLooksThoughTheSlotForShortOnesIsFree) {
  queue_.SetLimits({.slots = 8, .waiting = 256});
  for (const char* owner : {"a", "b", "c", "d", "e", "f", "g"}) Enter(owner, std::string("v") + owner);
  Entered();
  Enter("unknown", "honest");
  EXPECT_THAT(Entered(), IsEmpty());
  now_us_ += 2 * kSecond;
  UntilEnded();
  EXPECT_THAT(ended_, SizeIs(1));
}

TEST_F(RunQueueTest, PastItsBudgetAnOwnerSharesOneSlotWithAllOfItsKind) {
  for (const char* owner : {"hog", "sow"}) {
    Enter(owner, "v");
    Leave(owner, RunQueue::kBudget + 1);
  }
  EXPECT_TRUE(queue_.OverBudget("hog"));
  Entered();
  Enter("hog", "v1");
  Enter("sow", "v2");
  Enter("a", "v3");
  EXPECT_THAT(Entered(), ElementsAre("hog/v1", "a/v3"));
  Leave("a");
  EXPECT_THAT(Entered(), IsEmpty()) << "a free slot is not for them";
  Leave("hog");
  EXPECT_THAT(Entered(), ElementsAre("sow/v2"));
}

TEST_F(RunQueueTest, ASlowedOwnerGetsTheLastSlotOnlyToo) {
  Enter("slow", "v1", true);
  Enter("snail", "v2", true);
  Enter("a", "v3");
  EXPECT_THAT(Entered(), ElementsAre("slow/v1", "a/v3"));
  Leave("slow");
  EXPECT_THAT(Entered(), ElementsAre("snail/v2"));
}

TEST_F(RunQueueTest, ProcessorTimeIsForgottenAsTimePasses) {
  Enter("hog", "v");
  Leave("hog", RunQueue::kBudget + 1);
  EXPECT_TRUE(queue_.OverBudget("hog"));
  now_us_ += static_cast<std::int64_t>(2 / RunQueue::kForgottenEachSecond * kSecond);
  EXPECT_FALSE(queue_.OverBudget("hog"));
}

TEST_F(RunQueueTest, WhoseDeadlinePassesIsSentAwayAndTakesNoTurn) {
  Enter("a", "v1");
  Enter("a", "v2", false, 700'000);
  EXPECT_THAT(sent_away_, IsEmpty());
  while (sent_away_.empty()) loop_.RunOnce();
  EXPECT_THAT(outcomes_, ElementsAre(FairQueue::Outcome::kLate));
  Entered();
  Leave("a");
  EXPECT_THAT(Entered(), IsEmpty());
}

TEST_F(RunQueueTest, WhoCouldNotBeginInTimeIsSentAwayAtOnce) {
  Enter("slow", "v0");
  Leave("slow", 0, 5);
  for (int i = 1; i < 6; ++i) Enter("slow", "v" + std::to_string(i));
  Enter("slow", "late", false, 5 * kSecond);
  EXPECT_THAT(outcomes_, ElementsAre(FairQueue::Outcome::kLate));
}

TEST_F(RunQueueTest, MoreSlotsLetWaitersInAtOnce) {
  for (const char* owner : {"a", "b", "c", "d", "e"}) Enter(owner, std::string("v") + owner);
  Entered();
  queue_.SetLimits({.slots = 5, .waiting = 256});
  Turns();
  EXPECT_THAT(Entered(), ElementsAre("e/ve"));
}

}  // namespace
}  // namespace zoobar
