#include "credentials/guess_lanes.h"
#include "ipc/run_until.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace zoobar {
namespace {

using Outcome = FairQueue::Outcome;
using std::chrono_literals::operator""ms;

constexpr std::uint64_t kAlice = 1, kBob = 2;

class GuessLanesTest : public testing::Test {
 protected:
  struct Attempt {
    std::optional<GuessLanes::Passed> passed;
    WaitingAt at;
    bool waits() const { return !passed; }
    bool granted() const { return passed && passed->outcome == Outcome::kTurn; }
  };
  std::shared_ptr<Attempt> Try(std::uint64_t account, const std::string& address, bool guessed = false,
                               Milliseconds pace = 2ms) {
    auto attempt = std::make_shared<Attempt>();
    Spawn(Do(account, address, guessed, pace, attempt));
    return attempt;
  }
  Task<void> Do(std::uint64_t account, std::string address, bool guessed, Milliseconds pace,
                std::shared_ptr<Attempt> attempt) {
    FairQueue::Ask ask;
    ask.principal = address;
    auto turn = lanes_.Pass(account, std::move(ask), pace, guessed, &attempt->at);
    attempt->passed = co_await turn;
    if (attempt->granted()) order_.push_back(address);
    loop_.Stop();
  }
  void RunUntil(const std::function<bool()>& reached) { zoobar::RunUntil(loop_, reached); }

  Loop loop_;
  GuessLanes lanes_{loop_};
  std::vector<std::string> order_;
};

TEST_F(GuessLanesTest, AnAccountHasOneTurnInATimeAndAccountsDoNotWaitForEachOther) {
  EXPECT_TRUE(Try(kAlice, "a", false, 3'600'000ms)->granted());
  EXPECT_TRUE(Try(kBob, "a", false, 3'600'000ms)->granted());
  const auto second = Try(kAlice, "b", false, 3'600'000ms);
  EXPECT_TRUE(second->waits());
  EXPECT_EQ(second->at.before(), 0u);
  EXPECT_EQ(lanes_.sizes().waiting, 1u);
  lanes_.Close();
}

TEST_F(GuessLanesTest, ATurnBeginsWhenThePaceOfTheOneBeforeIsOver) {
  const std::int64_t began = MonotonicMicros();
  EXPECT_TRUE(Try(kAlice, "a", false, 200ms)->granted());
  const auto second = Try(kAlice, "b", false, 200ms);
  RunUntil([&] { return second->granted(); });
  EXPECT_GE(MonotonicMicros() - began, 100'000) << "timers count from the loop's clock, which may be a little behind";
  EXPECT_EQ(second->at.queue, nullptr);
}

TEST_F(GuessLanesTest, AnAddressThatHadNoTurnLatelyGoesBeforeAllThatHadSome) {
  std::vector<std::shared_ptr<Attempt>> guesses;
  const auto guess = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      for (const char* address : {"g1", "g2", "g3"}) guesses.push_back(Try(kAlice, address));
    }
  };
  guess(1);
  RunUntil([&] { return order_.size() == 3; });
  guess(3);
  const auto member = Try(kAlice, "member");
  RunUntil([&] { return member->granted(); });
  EXPECT_LE(std::ranges::find(order_, "member") - order_.begin(), 4) << "at most the present turn is before it";
  RunUntil([&] { return lanes_.sizes().waiting == 0; });
}

TEST_F(GuessLanesTest, PlacesAreLeftForAddressesThatHaveNotFailedHere) {
  Try(kAlice, "running", true, 10000ms);
  std::vector<std::shared_ptr<Attempt>> waiting;
  for (std::size_t i = 0; i < GuessLanes::kGuessed; ++i) waiting.push_back(Try(kAlice, "g" + std::to_string(i), true));
  for (const auto& each : waiting) EXPECT_TRUE(each->waits());
  const auto refused = Try(kAlice, "another guesser", true);
  ASSERT_TRUE(refused->passed);
  EXPECT_NE(refused->passed->outcome, Outcome::kTurn);
  EXPECT_GE(refused->passed->retry_after_s, 1);
  EXPECT_TRUE(Try(kAlice, "member")->waits());
  EXPECT_EQ(lanes_.sizes().refused, 1);
  lanes_.Close();
}

TEST_F(GuessLanesTest, ThePlacesOfThoseThatHaveFailedAreNotTakenByOthers) {
  Try(kAlice, "running", false, 10000ms);
  for (std::size_t i = 0; i < 2 * GuessLanes::kGuessed; ++i) {
    EXPECT_TRUE(Try(kAlice, "fresh" + std::to_string(i))->waits());
  }
  EXPECT_TRUE(Try(kAlice, "mistyped", true)->waits());
  lanes_.Close();
}

TEST_F(GuessLanesTest, OneAddressHoldsItsShareOfThePlacesAndNoMore) {
  Try(kAlice, "running", false, 10000ms);
  for (std::size_t i = 0; i < GuessLanes::kPlacesPerAddress; ++i) EXPECT_TRUE(Try(kAlice, "a")->waits());
  ASSERT_TRUE(Try(kAlice, "a")->passed);
  EXPECT_TRUE(Try(kAlice, "b")->waits());
  lanes_.Close();
}

TEST_F(GuessLanesTest, ClosedItRefusesWhoWaitsAndWhoComes) {
  Try(kAlice, "running", false, 10000ms);
  const auto waits = Try(kAlice, "a");
  lanes_.Close();
  ASSERT_TRUE(waits->passed);
  EXPECT_EQ(waits->passed->outcome, Outcome::kClosed);
  EXPECT_EQ(Try(kBob, "a")->passed->outcome, Outcome::kClosed);
}

TEST_F(GuessLanesTest, LanesThatNobodyUsesAreForgotten) {
  const auto first = Try(kAlice, "a", false, 1ms);
  const auto second = Try(kAlice, "b", false, 1ms);
  RunUntil([&] { return second->granted(); });
  const auto third = Try(kAlice, "c", false, 1ms);
  RunUntil([&] { return third->granted(); });
  EXPECT_EQ(lanes_.sizes().lanes, 1u);
  lanes_.Forget();
  EXPECT_EQ(lanes_.sizes().lanes, 1u) << "it was used since the last call";
  Timer later(loop_);
  bool passed = false;
  later.Start(20ms, [&] {
    passed = true;
    loop_.Stop();
  });
  RunUntil([&] { return passed; });
  lanes_.Forget();
  EXPECT_EQ(lanes_.sizes().lanes, 0u);
  for (std::uint64_t account = 0; account < GuessLanes::kRemembered; ++account) Try(account, "a", false, 0ms);
  passed = false;
  later.Start(20ms, [&] {
    passed = true;
    loop_.Stop();
  });
  RunUntil([&] { return passed; });
  EXPECT_TRUE(Try(9'999'999, "a")->granted());
  EXPECT_EQ(lanes_.sizes().lanes, 1u) << "a full table drops the lanes in which nobody waits";
}

}  // namespace
}  // namespace zoobar
