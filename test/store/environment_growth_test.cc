// A full map grows, up to the configured maximum.
#include <future>

#include "ipc/run_until.h"
#include "store/environment_fixture.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

TEST_F(EnvironmentTest, AFullMapGrowsAndNobodyNotices) {
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;
  Open(options);
  constexpr int kWrites = 300;
  for (int i = 0; i < kWrites; ++i)
    Start(Put(fmt::format("{}", i), std::string(20'000, static_cast<char>('a' + i % 26))));
  RunUntil(loop_, [&] {
    Get("0");  // reading continues meanwhile
    return outcomes_.size() >= kWrites;
  });
  for (const std::string& outcome : outcomes_) ASSERT_EQ(outcome, "");
  EXPECT_GE(environment_->usage().growths, 6u);
  EXPECT_GT(environment_->usage().map_bytes, kWrites * 20'000u);
  for (int i = 0; i < kWrites; ++i) {
    ASSERT_EQ(Get(fmt::format("{}", i)), std::string(20'000, static_cast<char>('a' + i % 26)));
  }
  // After opening it again with the small size in the configuration, it has the size that it needs.
  Open(options);
  EXPECT_EQ(Get("299").size(), 20'000u);
  EXPECT_TRUE(PutNow("more", "x").ok());
}

TEST_F(EnvironmentTest, AFileThatFillsItsMapIsOpenedWithATableMore) {
  Open();
  for (int i = 0; i < 100; ++i)
    Start(Put(fmt::format("{}", i), std::string(4000, 'x')));  // in one commit, so that no pages are free
  WaitUntilAnswered(100);
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;  // less than the file has: LMDB maps the file and not one page more
  options.tables.push_back("c");
  Open(options);
  EXPECT_EQ(environment_->usage().growths, 1u);
  EXPECT_EQ(Get("99"), std::string(4000, 'x'));
}

TEST_F(EnvironmentTest, ATableMoreThanTheMaximumHoldsIsAClearError) {
  Open();
  for (int i = 0; i < 100; ++i) Start(Put(fmt::format("{}", i), std::string(4000, 'x')));
  WaitUntilAnswered(100);
  environment_.reset();
  EnvironmentOptions options = Options();
  options.map_bytes = options.max_map_bytes = 64 << 10;
  options.tables.push_back("c");
  EXPECT_THAT(OpeningError(options), HasSubstr("store.max_map_bytes is 65536"));
}

TEST_F(EnvironmentTest, WhatIsWrittenFirstIsOnDiskWhenItReturns) {
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;
  Open(options);
  auto act = [this](WriteTransaction& tx) -> Result<int> {
    for (int i = 0; i < 100; ++i) tx.Put(a_, fmt::format("{}", i), std::string(4000, 'x'));  // more than the map holds
    return 7;
  };
  const Result<int> written = environment_->WriteFirst(std::move(act));
  ASSERT_TRUE(written.ok()) << written.error().text;
  EXPECT_EQ(*written, 7);
  EXPECT_GT(environment_->usage().growths, 0u);
  auto fails = [this](WriteTransaction& tx) -> Status {
    tx.Put(a_, "0", "y");
    return Error{"no"};
  };
  EXPECT_FALSE(environment_->WriteFirst(std::move(fails)).ok());
  ASSERT_TRUE(PutNow("after", "it").ok());
  Open();
  EXPECT_EQ(Get("0"), std::string(4000, 'x'));
  EXPECT_EQ(Get("after"), "it");
}

TEST_F(EnvironmentTest, AtTheMaximumTheErrorNamesTheLimitAndNothingIsLost) {
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;
  options.max_map_bytes = 512 << 10;
  Open(options);
  int kept = 0;
  Status status;
  while ((status = PutNow(fmt::format("{}", kept), std::string(20'000, 'x'))).ok()) ++kept;
  EXPECT_THAT(status.error().text, HasSubstr("store.max_map_bytes is 524288"));
  EXPECT_TRUE(status.error().no_room());
  EXPECT_EQ(environment_->usage().no_room, 1u);
  EXPECT_GT(kept, 10);
  // If one write of a group does not fit, those that fit are kept.
  Start(Put("small", "x"));
  Start(Put("large", std::string(100'000, 'x')));
  WaitUntilAnswered(2);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), ""), 1);
  EXPECT_EQ(Get("small"), "x");
  Open(options);
  for (int i = 0; i < kept; ++i) ASSERT_EQ(Get(fmt::format("{}", i)).size(), 20'000u);
  // Space that was freed is used again.
  auto deletion = [this](WriteTransaction& tx) -> Result<bool> { return tx.Delete(a_, "0"); };
  Result<bool> deleted = WaitFor(loop_, environment_->Write(std::move(deletion)));
  ASSERT_TRUE(deleted.ok() && *deleted);
  Status last = PutNow("after", "x");
  EXPECT_TRUE(last.ok()) << last.error().text;
}

TEST_F(EnvironmentTest, ALongReadSeesOneMomentAndLetsTheMapGrow) {
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;
  Open(options);
  ASSERT_TRUE(PutNow("key", "before").ok());
  std::promise<void> begun;
  int runs = 0;
  auto walk = [&](ReadTransaction& tx) -> Result<std::string> {
    Cursor cursor(tx, a_);
    if (++runs == 1) {
      begun.set_value();
      // Each read sees the same snapshot, until the map must grow.
      while (cursor.AtOrAfter("key")) EXPECT_EQ(cursor.value(), "before");
    }
    return std::string(tx.Get(a_, "key").value_or("(none)"));
  };
  std::optional<Result<std::string>> seen;
  auto keep = [&](Task<Result<std::string>> task) -> Task<void> { seen.emplace(co_await task); };
  Spawn(keep(environment_->ReadInPool(walk)));
  begun.get_future().wait();
  Start(Put("key", "after"));
  WaitUntilAnswered(1);
  EXPECT_FALSE(seen.has_value());
  Start(Put("large", std::string(200'000, 'x')));
  RunUntil(loop_, [&] { return seen && outcomes_.size() >= 2; });
  EXPECT_EQ(outcomes_, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(runs, 2);
  ASSERT_TRUE(seen->ok());
  EXPECT_EQ(**seen, "after");
}

}  // namespace
}  // namespace zoobar
