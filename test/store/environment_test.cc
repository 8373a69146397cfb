#include "store/environment.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>
#include <future>
#include <thread>

#include "store/database.h"
#include "store/scratch.h"
#include "stored.pb.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentOptions Options() const {
    EnvironmentOptions options;
    options.folder = folder_.path();
    options.kind = "test";
    options.tables = {"a", "b"};
    options.map_bytes = 1 << 20;
    options.lock_wait = Milliseconds(0);
    return options;
  }
  void Open(EnvironmentOptions options) {
    environment_.reset();
    auto opened = Environment::Open(loop_, std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    environment_ = std::move(*opened);
    a_ = environment_->table("a");
  }
  void Open() { Open(Options()); }
  std::string OpeningError(EnvironmentOptions options) {
    auto opened = Environment::Open(loop_, std::move(options));
    return opened.ok() ? "" : opened.error().text;
  }

  Task<Status> Put(std::string key, std::string value) {
    auto act = [this, key, value](WriteTransaction& tx) -> Status {
      tx.Put(a_, key, value);
      return {};
    };
    return environment_->Write(std::move(act));
  }
  Status PutNow(std::string key, std::string value) { return WaitFor(loop_, Put(std::move(key), std::move(value))); }
  // Starts it; its outcome goes to `outcomes_`.
  void Start(Task<Status> write) { Spawn(Note(std::move(write))); }
  Task<void> Note(Task<Status> write) {
    Status status = co_await write;
    outcomes_.push_back(status.ok() ? "" : status.error().text);
  }
  void RunUntilAnswered(std::size_t count) {
    while (outcomes_.size() < count) uv_run(loop_.uv(), UV_RUN_ONCE);
  }
  std::string Get(std::string_view key) {
    Result<std::string> value = environment_->Read([&](ReadTransaction& tx) -> Result<std::string> {
      const auto found = tx.Get(a_, key);
      return std::string(found.value_or("(none)"));
    });
    return value.ok() ? *value : value.error().text;
  }

  ScratchFolder folder_;
  Loop loop_;
  std::unique_ptr<Environment> environment_;
  Table a_;
  std::vector<std::string> outcomes_;
};

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
  RunUntilAnswered(100);
  EXPECT_EQ(environment_->usage().commits, 1u);
  EXPECT_EQ(environment_->usage().writes, 100u);
  EXPECT_EQ(Get("99"), "x");
}

TEST_F(EnvironmentTest, WritesThatArriveDuringACommitFormTheNextGroup) {
  Open();
  std::promise<void> begun, go_on;
  auto slow = [&](WriteTransaction& tx) -> Status {
    tx.Put(a_, "first", "x");
    begun.set_value();
    go_on.get_future().wait();
    return {};
  };
  Start(environment_->Write(std::move(slow)));
  loop_.RunOnce();
  begun.get_future().wait();
  for (int i = 0; i < 50; ++i) {
    Start(Put(fmt::format("{}", i), "x"));
    loop_.RunOnce();
  }
  EXPECT_TRUE(outcomes_.empty());
  go_on.set_value();
  RunUntilAnswered(51);
  EXPECT_EQ(environment_->usage().commits, 2u);
}

TEST_F(EnvironmentTest, AWriteIsSeenByReadersOnlyOnceItIsAnswered) {
  Open();
  std::promise<void> begun, go_on;
  auto slow = [&](WriteTransaction& tx) -> Status {
    tx.Put(a_, "key", "value");
    begun.set_value();
    go_on.get_future().wait();
    return {};
  };
  Start(environment_->Write(std::move(slow)));
  loop_.RunOnce();
  begun.get_future().wait();
  EXPECT_EQ(Get("key"), "(none)");
  go_on.set_value();
  RunUntilAnswered(1);
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
  RunUntilAnswered(20);
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
  RunUntilAnswered(Environment::kMaxWaiting + 1);
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
  std::promise<void> begun, go_on;
  auto slow = [&](WriteTransaction& tx) -> Status {
    tx.Put(a_, "first", "x");
    begun.set_value();
    go_on.get_future().wait();
    return {};
  };
  Start(environment_->Write(std::move(slow)));
  loop_.RunOnce();
  begun.get_future().wait();
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
  go_on.set_value();
  RunUntilAnswered(3);
  EXPECT_FALSE(ran);
  EXPECT_EQ(Get("late"), "(none)");
  EXPECT_EQ(Get("first"), "x");
  EXPECT_EQ(Get("patient"), "x");
  EXPECT_THAT(outcomes_, testing::Contains(HasSubstr("its caller had stopped waiting")));
  EXPECT_EQ(environment_->usage().late, 1u);
}

// ---- one process per environment

TEST_F(EnvironmentTest, ASecondOpenerIsToldWhoseFolderItIs) {
  Open();
  const std::string error = OpeningError(Options());
  EXPECT_THAT(error, HasSubstr("another process has it open"));
  EXPECT_THAT(error, HasSubstr(folder_.path()));
}

TEST_F(EnvironmentTest, TheSuccessorOfAKilledProcessGetsIn) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  Child holder([&] {
    Loop loop;
    auto opened = Environment::Open(loop, Options());
    if (write(ready[1], opened.ok() ? "y" : "n", 1) != 1) return 1;
    for (;;) pause();
    return 0;
  });
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  EXPECT_THAT(OpeningError(Options()), HasSubstr("another process"));
  EnvironmentOptions options = Options();
  options.lock_wait = Milliseconds(60'000);
  std::thread killer([&] { holder.Kill(); });
  Open(options);
  killer.join();
  EXPECT_TRUE(PutNow("key", "value").ok());
  close(ready[0]);
  close(ready[1]);
}

// ---- the format

TEST_F(EnvironmentTest, AFormatFromTheFutureIsRefusedAndLeftAsItIs) {
  EnvironmentOptions future = Options();
  future.format = 2;
  Open(future);
  ASSERT_TRUE(PutNow("key", "value").ok());
  environment_.reset();
  EnvironmentOptions more_tables = Options();
  more_tables.tables.push_back("c");
  EXPECT_THAT(OpeningError(more_tables), HasSubstr("newer zoobar: format 2, this one knows up to 1"));
  Open(future);
  EXPECT_EQ(Get("key"), "value");
}

TEST_F(EnvironmentTest, AnotherRolesStoreIsRefused) {
  Open();
  environment_.reset();
  EnvironmentOptions other = Options();
  other.kind = "other";
  EXPECT_THAT(OpeningError(other), HasSubstr("the store of 'test', not of 'other'"));
}

TEST_F(EnvironmentTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(folder_.path() + "/data.mdb") << std::string(100'000, 'x');
  EXPECT_THAT(OpeningError(Options()), HasSubstr("opening data.mdb"));
}

TEST_F(EnvironmentTest, SomebodyElsesDatabaseIsRefused) {
  MDB_env* env;
  MDB_txn* txn;
  MDB_dbi table;
  ASSERT_EQ(mdb_env_create(&env), 0);
  mdb_env_set_maxdbs(env, 1);
  ASSERT_EQ(mdb_env_open(env, folder_.path().c_str(), 0, 0600), 0);
  ASSERT_EQ(mdb_txn_begin(env, nullptr, 0, &txn), 0);
  ASSERT_EQ(mdb_dbi_open(txn, "theirs", MDB_CREATE, &table), 0);
  ASSERT_EQ(mdb_txn_commit(txn), 0);
  mdb_env_close(env);
  EXPECT_THAT(OpeningError(Options()), HasSubstr("not a zoobar store"));
}

TEST_F(EnvironmentTest, AMissingFolderIsAnError) {
  EnvironmentOptions options = Options();
  options.folder += "/missing";
  EXPECT_THAT(OpeningError(options), HasSubstr("No such file or directory"));
}

using EnvironmentDeathTest = EnvironmentTest;
TEST_F(EnvironmentDeathTest, AskingForATableThatWasNotNamedIsABug) {
  Open();
  EXPECT_DEATH(environment_->table("c"), "no table c");
}

// ---- the map

TEST_F(EnvironmentTest, AFullMapGrowsAndNobodyNotices) {
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;
  Open(options);
  constexpr int kWrites = 300;
  for (int i = 0; i < kWrites; ++i)
    Start(Put(fmt::format("{}", i), std::string(20'000, static_cast<char>('a' + i % 26))));
  while (outcomes_.size() < kWrites) {
    uv_run(loop_.uv(), UV_RUN_ONCE);
    Get("0");  // reads go on meanwhile
  }
  for (const std::string& outcome : outcomes_) ASSERT_EQ(outcome, "");
  EXPECT_GE(environment_->usage().growths, 6u);
  EXPECT_GT(environment_->usage().map_bytes, kWrites * 20'000u);
  for (int i = 0; i < kWrites; ++i) {
    ASSERT_EQ(Get(fmt::format("{}", i)), std::string(20'000, static_cast<char>('a' + i % 26)));
  }
  // Opened again with the small size in its configuration, it has the size it needs.
  Open(options);
  EXPECT_EQ(Get("299").size(), 20'000u);
  EXPECT_TRUE(PutNow("more", "x").ok());
}

TEST_F(EnvironmentTest, AFileThatFillsItsMapIsOpenedWithATableMore) {
  Open();
  for (int i = 0; i < 100; ++i)
    Start(Put(fmt::format("{}", i), std::string(4000, 'x')));  // one commit: no pages are free
  RunUntilAnswered(100);
  EnvironmentOptions options = Options();
  options.map_bytes = 64 << 10;  // less than there is: LMDB maps the file and not a page more
  options.tables.push_back("c");
  Open(options);
  EXPECT_EQ(environment_->usage().growths, 1u);
  EXPECT_EQ(Get("99"), std::string(4000, 'x'));
}

TEST_F(EnvironmentTest, ATableMoreThanTheMaximumHoldsIsAClearError) {
  Open();
  for (int i = 0; i < 100; ++i) Start(Put(fmt::format("{}", i), std::string(4000, 'x')));
  RunUntilAnswered(100);
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
  // In one group with one that does not fit, those that fit are kept.
  Start(Put("small", "x"));
  Start(Put("large", std::string(100'000, 'x')));
  RunUntilAnswered(2);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), ""), 1);
  EXPECT_EQ(Get("small"), "x");
  Open(options);
  for (int i = 0; i < kept; ++i) ASSERT_EQ(Get(fmt::format("{}", i)).size(), 20'000u);
  // Room made is room used.
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
      // Each look sees the same moment, until the map wants to grow.
      while (cursor.AtOrAfter("key")) EXPECT_EQ(cursor.value(), "before");
    }
    return std::string(tx.Get(a_, "key").value_or("(none)"));
  };
  std::optional<Result<std::string>> seen;
  auto keep = [&](Task<Result<std::string>> task) -> Task<void> { seen.emplace(co_await task); };
  Spawn(keep(environment_->ReadInPool(walk)));
  begun.get_future().wait();
  Start(Put("key", "after"));
  RunUntilAnswered(1);
  EXPECT_FALSE(seen.has_value());
  Start(Put("large", std::string(200'000, 'x')));
  while (!seen || outcomes_.size() < 2) uv_run(loop_.uv(), UV_RUN_ONCE);
  EXPECT_EQ(outcomes_, (std::vector<std::string>{"", ""}));
  EXPECT_EQ(runs, 2);
  ASSERT_TRUE(seen->ok());
  EXPECT_EQ(**seen, "after");
}

// ---- damage

TEST_F(EnvironmentTest, AValueThatDoesNotParseIsAnErrorThatNamesIt) {
  Open();
  ASSERT_TRUE(PutNow("\x01k", "\xff\xff\xff").ok());
  auto damaged = environment_->Read(
      [&](ReadTransaction& tx) -> Result<bool> { return tx.GetMessage<StoredFormat>(a_, "\x01k").has_value(); });
  ASSERT_FALSE(damaged.ok());
  EXPECT_THAT(damaged.error().text, HasSubstr("a: the entry 016b is damaged"));
  // In a group it costs only the one that met it.
  auto meets = [this](WriteTransaction& tx) -> Status {
    tx.GetMessage<StoredFormat>(a_, "\x01k");
    tx.Put(a_, "never", "x");
    return {};
  };
  Start(Put("before", "x"));
  Start(environment_->Write(std::move(meets)));
  Start(Put("after", "x"));
  RunUntilAnswered(3);
  EXPECT_EQ(std::count(outcomes_.begin(), outcomes_.end(), ""), 2);
  EXPECT_EQ(Get("before"), "x");
  EXPECT_EQ(Get("after"), "x");
  EXPECT_EQ(Get("never"), "(none)");
}

TEST_F(EnvironmentTest, AFileCutShortIsAnErrorNotACrash) {
  Open();
  for (int i = 0; i < 200; ++i) Start(Put(fmt::format("{:03}", i), std::string(1500, 'x')));
  RunUntilAnswered(200);
  environment_.reset();
  const std::string file = folder_.path() + "/data.mdb";
  const auto whole = std::filesystem::file_size(file);
  for (std::uintmax_t size = whole - whole % 4096; size >= 8192; size -= 4096) {
    std::filesystem::resize_file(file, size);
    auto opened = Environment::Open(loop_, Options());
    if (!opened.ok()) continue;
    const Table table = (*opened)->table("a");
    std::ignore = (*opened)->Read([&](ReadTransaction& tx) -> Result<bool> {
      Cursor cursor(tx, table);
      for (bool at = cursor.First(); at; at = cursor.Next()) continue;
      return true;
    });
  }
}

// ---- a full disk

// Runs in a child: writes until one fails for want of room; 0 when the error is clear, what was answered is there, and
// writing goes on once there is room again.
int FillTheDisk(EnvironmentOptions options, const std::function<void()>& make_room) {
  Loop loop;
  auto opened = Environment::Open(loop, options);
  if (!opened.ok()) {
    fmt::print(stderr, "{}\n", opened.error().text);
    return 2;
  }
  Environment& environment = **opened;
  const Table table = environment.table("a");
  auto put = [&](int i) {
    auto act = [table, i](WriteTransaction& tx) -> Status {
      tx.Put(table, fmt::format("{:04}", i), std::string(20'000, 'x'));
      return {};
    };
    return WaitFor(loop, environment.Write(std::move(act)));
  };
  int kept = 0;
  Status status;
  while (kept < 1000 && (status = put(kept)).ok()) ++kept;
  if (kept < 5 || status.ok()) return 3;
  // Which one depends on whether the last write found room for a part of it.
  const std::string& text = status.error().text;
  const bool clear = text.find("or the disk is full") != std::string::npos ||
                     text.find("No space left on device") != std::string::npos ||
                     text.find("File too large") != std::string::npos;
  if (!clear || text.find("none is kept") == std::string::npos) {
    fmt::print(stderr, "{}\n", text);
    return 4;
  }
  if (!status.error().no_room() || environment.usage().no_room != 1) return 8;
  int told = 0;
  environment.OnNoRoom([&told](const Error& why) { told += why.no_room(); });
  if (put(kept).ok()) return 5;
  if (told != 1 || environment.usage().no_room != 2) return 9;
  make_room();
  if (!put(kept).ok()) return 6;
  Result<std::uint64_t> count =
      environment.Read([&](ReadTransaction& tx) -> Result<std::uint64_t> { return tx.Count(table); });
  return count.ok() && *count == static_cast<std::uint64_t>(kept) + 1 ? 0 : 7;
}

TEST_F(EnvironmentTest, ATooLargeFileIsAClearErrorWithoutLoss) {
  EnvironmentOptions options = Options();
  Child child([&] {
    const rlimit small{400'000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &small);
    return FillTheDisk(options, [] {
      const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
      setrlimit(RLIMIT_FSIZE, &unlimited);
    });
  });
  EXPECT_EQ(child.Wait(), 0);
  Open();
  EXPECT_EQ(Get("0000").size(), 20'000u);
}

TEST_F(EnvironmentTest, AFullDiskIsAClearErrorWithoutLoss) {
  EnvironmentOptions options = Options();
  Child child([&] {
    // A tmpfs of its own, in namespaces of its own: no privilege needed, nothing left behind.
    const std::string users = fmt::format("0 {} 1", geteuid()), groups = fmt::format("0 {} 1", getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 10;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << users;
    std::ofstream("/proc/self/gid_map") << groups;
    if (mount("tmpfs", options.folder.c_str(), "tmpfs", 0, "size=400k,mode=0700") != 0) return 11;
    return FillTheDisk(options, [&] { mount("tmpfs", options.folder.c_str(), "tmpfs", MS_REMOUNT, "size=4m"); });
  });
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace zoobar
