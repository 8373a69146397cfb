// Reading and writing: groups, commits, deadlines.
#include <atomic>
#include <thread>

#include "store/database.h"
#include "store/environment_fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

TEST_F(EnvironmentTest, WhatWasWrittenIsThereAfterOpeningAgain) {
  Open();
  ASSERT_TRUE(PutNow("key", "value").ok());
  EXPECT_EQ(Get("key"), "value");
  Open();
  EXPECT_EQ(Get("key"), "value");
  EXPECT_EQ(Get("other"), "(none)");
}

TEST_F(EnvironmentTest, NoFlagThatTradesDurabilityIsSet) {
  auto database = Database::Open(Options());
  ASSERT_TRUE(database.ok());
  unsigned flags = 0;
  ASSERT_EQ(mdb_env_get_flags((*database)->env(), &flags), 0);
  EXPECT_EQ(flags & (MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC | MDB_WRITEMAP | MDB_NOLOCK), 0u);
}

TEST_F(EnvironmentTest, FilesAreTheOwnersAlone) {
  Open();
  for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(file.status().permissions() & std::filesystem::perms(0077), std::filesystem::perms::none) << file.path();
  }
}

TEST_F(EnvironmentTest, WritesOfOneTurnShareOneCommit) {
  Open();
  for (int i = 0; i < 100; ++i) Start(Put(fmt::format("{}", i), "x"));
  WaitUntilAnswered(100);
  EXPECT_EQ(environment_->usage().commits, 1u);
  EXPECT_EQ(environment_->usage().writes, 100u);
  EXPECT_EQ(Get("99"), "x");
}

TEST_F(EnvironmentTest, WritesThatArriveDuringACommitFormTheNextGroup) {
  Open();
  OccupyWriter("first");
  for (int i = 0; i < 50; ++i) {
    Start(Put(fmt::format("{}", i), "x"));
    loop_.RunOnce();
  }
  EXPECT_TRUE(outcomes_.empty());
  ReleaseWriter();
  WaitUntilAnswered(51);
  EXPECT_EQ(environment_->usage().commits, 2u);
}

TEST_F(EnvironmentTest, AWriteIsSeenByReadersOnlyOnceItIsAnswered) {
  Open();
  OccupyWriter("key");
  EXPECT_EQ(Get("key"), "(none)");
  ReleaseWriter();
  WaitUntilAnswered(1);
  EXPECT_EQ(Get("key"), "value");
}

TEST_F(EnvironmentTest, AFailingWriteIsTakenBackAndTheOthersOfItsGroupStand) {
  Open();
  for (int i = 0; i < 10; ++i) {
    Start(Put(fmt::format("good{}", i), "x"));
    auto failing = [this, i](WriteTransaction& tx) -> Status {
      tx.Put(a_, fmt::format("bad{}", i), "x");
      return Error::Of("no {}", i);
    };
    Start(environment_->Write(std::move(failing)));
  }
  WaitUntilAnswered(20);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), ""), 10);
  EXPECT_THAT(outcomes_, testing::Contains(HasSubstr("no 7")));
  EXPECT_EQ(environment_->usage().commits, 1u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Get(fmt::format("good{}", i)), "x");
    EXPECT_EQ(Get(fmt::format("bad{}", i)), "(none)");
  }
}

TEST_F(EnvironmentTest, AWriteThatOnlyJudgesCostsNoCommit) {
  Open();
  auto judging = [this](WriteTransaction& tx) -> Result<bool> { return tx.Has(a_, "key"); };
  Result<bool> there = WaitFor(loop_, environment_->Write(std::move(judging)));
  ASSERT_TRUE(there.ok());
  EXPECT_FALSE(*there);
}

TEST_F(EnvironmentTest, ClosingCommitsWhatWasAskedForAndRefusesMore) {
  Open();
  Status later;
  auto twice = [this, &later, environment = environment_.get()]() -> Task<Status> {
    Status first = co_await Put("first", "x");
    auto act = [this](WriteTransaction& tx) -> Status {
      tx.Put(a_, "second", "x");
      return {};
    };
    later = co_await environment->Write(std::move(act));
    co_return first;
  };
  Start(twice());
  environment_.reset();
  ASSERT_EQ(outcomes_, std::vector<std::string>{""});
  ASSERT_FALSE(later.ok());
  EXPECT_THAT(later.error().text, HasSubstr("closed"));
  Open();
  EXPECT_EQ(Get("first"), "x");
  EXPECT_EQ(Get("second"), "(none)");
}

TEST_F(EnvironmentTest, PastTheBoundOnWaitingWritesOneIsRefusedAtOnce) {
  Open();
  for (std::size_t i = 0; i < Environment::kMaxWaiting; ++i) Start(Put("key", "x"));
  ASSERT_TRUE(outcomes_.empty());
  Start(Put("key", "x"));
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_THAT(outcomes_[0], HasSubstr("writes are waiting"));
  WaitUntilAnswered(Environment::kMaxWaiting + 1);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), ""), static_cast<long>(Environment::kMaxWaiting));
}

TEST_F(EnvironmentTest, WhatAFunctionRefusesIsNoWantOfRoom) {
  Open();
  auto refuses = [](WriteTransaction&) -> Status { return Error{"no"}; };
  const Status refused = WaitFor(loop_, environment_->Write(std::move(refuses)));
  ASSERT_FALSE(refused.ok());
  EXPECT_FALSE(refused.error().no_room());
  EXPECT_EQ(environment_->usage().no_room, 0u);
}

TEST_F(EnvironmentTest, AWriteWhoseDeadlinePassedWhileItWaitedIsNotBegun) {
  Open();
  OccupyWriter("first");
  const std::int64_t deadline = MonotonicMicros() + 1000;
  std::atomic<bool> ran = false;
  auto late = [&](WriteTransaction& tx) -> Status {
    ran = true;
    tx.Put(a_, "late", "x");
    return {};
  };
  Start(environment_->Write(std::move(late), deadline));
  auto patient = [&](WriteTransaction& tx) -> Status {
    tx.Put(a_, "patient", "x");
    return {};
  };
  Start(environment_->Write(std::move(patient), MonotonicMicros() + std::int64_t{3'600'000'000}));
  loop_.RunOnce();
  while (MonotonicMicros() <= deadline) std::this_thread::yield();
  ReleaseWriter();
  WaitUntilAnswered(3);
  EXPECT_FALSE(ran);
  EXPECT_EQ(Get("late"), "(none)");
  EXPECT_EQ(Get("first"), "value");
  EXPECT_EQ(Get("patient"), "x");
  EXPECT_THAT(outcomes_, testing::Contains(HasSubstr("its caller had stopped waiting")));
  EXPECT_EQ(environment_->usage().late, 1u);
}

}  // namespace
}  // namespace zoobar
