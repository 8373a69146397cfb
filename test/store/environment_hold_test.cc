// Holding an environment: nothing is committed, nothing is lost, and nobody can hold it for long.
#include "ipc/run_until.h"
#include "store/environment_fixture.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

class EnvironmentHold : public EnvironmentTest {
 protected:
  bool Hold(Milliseconds at_most) {
    const std::uint64_t hold = WaitFor(loop_, environment_->Hold(at_most));
    if (hold != 0) hold_ = hold;
    return hold != 0;
  }
  bool Release() { return environment_->Release(hold_); }
  void Rest(Milliseconds time) { WaitFor(loop_, Rested(time)); }
  Task<bool> Rested(Milliseconds time) {
    auto sleep = Sleep(loop_, time);
    co_await sleep;
    co_return true;
  }

  std::uint64_t hold_ = 0;
};

constexpr Milliseconds kLong{20'000};

TEST_F(EnvironmentHold, WritesWaitUntilItIsReleased) {
  Open();
  ASSERT_TRUE(Hold(kLong));
  const std::uint64_t commits = environment_->usage().commits;
  Start(Put("key", "value"));
  Rest(Milliseconds(50));
  EXPECT_EQ(environment_->usage().commits, commits);
  EXPECT_EQ(Get("key"), "(none)");
  EXPECT_TRUE(Release());
  WaitUntilAnswered(1);
  EXPECT_THAT(outcomes_, ElementsAre(""));
  EXPECT_EQ(Get("key"), "value");
}

TEST_F(EnvironmentHold, ItBeginsWhenTheCommitInProgressHasEnded) {
  Open();
  OccupyWriter("slow");
  std::optional<std::uint64_t> held;
  Spawn([](Task<std::uint64_t> hold, std::optional<std::uint64_t>* result) -> Task<void> {
    result->emplace(co_await hold);
  }(environment_->Hold(kLong), &held));
  Start(Put("later", "value"));
  Rest(Milliseconds(50));
  EXPECT_FALSE(held) << "a commit is in progress";
  ReleaseWriter();
  WaitUntilAnswered(1);
  RunUntil(loop_, [&] { return held.has_value(); });
  EXPECT_NE(*held, 0u);
  hold_ = *held;
  EXPECT_EQ(Get("slow"), "value");
  EXPECT_EQ(Get("later"), "(none)");
  EXPECT_TRUE(Release());
  WaitUntilAnswered(2);
  EXPECT_EQ(Get("later"), "value");
}

TEST_F(EnvironmentHold, ItEndsByItself) {
  Open();
  ASSERT_TRUE(Hold(Milliseconds(30)));
  Start(Put("key", "value"));
  WaitUntilAnswered(1);
  EXPECT_EQ(Get("key"), "value");
  EXPECT_FALSE(Release()) << "it was over already";
}

TEST_F(EnvironmentHold, AHoldIsRefusedForTenTimesTheLengthOfTheLast) {
  Open();
  ASSERT_TRUE(Hold(kLong));
  EXPECT_FALSE(Hold(kLong)) << "it is held";
  Rest(Milliseconds(30));
  ASSERT_TRUE(Release());
  EXPECT_FALSE(Hold(kLong)) << "it was released just now";
  EXPECT_TRUE(PutNow("key", "value").ok());
  while (!Hold(kLong)) Rest(Milliseconds(10));  // at the end, or the test runs into its time limit
}

TEST_F(EnvironmentHold, OnlyItsOwnNumberReleasesIt) {
  Open();
  ASSERT_TRUE(Hold(kLong));
  EXPECT_FALSE(environment_->Release(0));
  EXPECT_FALSE(environment_->Release(hold_ + 1));
  Start(Put("key", "value"));
  Rest(Milliseconds(20));
  EXPECT_EQ(Get("key"), "(none)") << "it is still held";
  EXPECT_TRUE(Release());
  EXPECT_FALSE(Release()) << "a second time";
  WaitUntilAnswered(1);
}

// The next group is begun before the loop learns that the first has ended.
TEST_F(EnvironmentHold, ItWaitsForTheGroupThatWasBegunMeanwhile) {
  Open();
  OccupyWriter("first");
  std::promise<void> begun, go_on;
  auto second = [&, this](WriteTransaction& tx) -> Status {
    tx.Put(a_, "second", "value");
    begun.set_value();
    go_on.get_future().wait();
    return {};
  };
  Start(environment_->Write(std::move(second)));
  loop_.RunOnce();
  ReleaseWriter();
  begun.get_future().wait();
  std::optional<std::uint64_t> held;
  Spawn([](Task<std::uint64_t> hold, std::optional<std::uint64_t>* result) -> Task<void> {
    result->emplace(co_await hold);
  }(environment_->Hold(kLong), &held));
  WaitUntilAnswered(1);
  Rest(Milliseconds(20));
  EXPECT_FALSE(held) << "the second group is in progress";
  go_on.set_value();
  RunUntil(loop_, [&] { return held.has_value(); });
  EXPECT_NE(*held, 0u);
  EXPECT_EQ(Get("second"), "value");
}

TEST_F(EnvironmentHold, ClosingCommitsWhatWaits) {
  Open();
  ASSERT_TRUE(Hold(kLong));
  Start(Put("key", "value"));
  loop_.RunOnce();
  environment_.reset();
  EXPECT_THAT(outcomes_, ElementsAre(""));
  Open();
  EXPECT_EQ(Get("key"), "value");
}

}  // namespace
}  // namespace zoobar
