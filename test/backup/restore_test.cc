// Restoring without a site. The user who runs the test is the owner of everything.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "backup/restore.h"
#include "backup/small_backup.h"
#include "backup/store_copies.h"
#include "ipc/loop.h"
#include "ledger/ledger.h"
#include "store/environment.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class RestoreTest : public testing::Test {
 protected:
  RestoreTest() {
    options_.file = folder_.path() + "/backup";
    options_.state_dir = state_;
    options_.store.set_map_bytes(1 << 20);
    options_.store.set_max_map_bytes(1 << 30);
    for (const std::string_view role : backup::kStores) options_.owners[std::string(role)] = {getuid(), getgid()};
  }
  std::string Restore() {
    const Status written = small_.Write(options_.file);
    if (!written.ok()) return written.error().text;
    const auto restored = backup::Restore(options_);
    return restored.ok() ? "" : restored.error().text;
  }
  std::vector<std::string> InState() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(state_)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  TemporaryDirectory folder_;
  const std::string state_ = folder_.path() + "/state";
  SmallBackup small_;
  backup::RestoreOptions options_;
};

TEST_F(RestoreTest, TheStoresAreWhatTheyWere) {
  small_.stores["profile"]["files"][SmallBackup::Id('a')] = std::string(40'000'000, 'f');  // more than one transaction
  ASSERT_EQ(Restore(), "");
  EXPECT_THAT(InState(), testing::ElementsAre("auth", "bank", "course", "honeychecker", "keys", "notary", "profile"));
  struct stat made{};
  ASSERT_EQ(stat((state_ + "/bank").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777, 0750u);
  ASSERT_EQ(stat((state_ + "/bank/store").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777, 0700u);
  ASSERT_EQ(stat((state_ + "/bank/store/data.mdb").c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 07777, 0600u);
  Loop loop;
  const auto ledger = Ledger::Open(loop, state_ + "/bank/store", options_.store);
  ASSERT_TRUE(ledger.ok()) << ledger.error().text;
  const auto balances = (*ledger)->Balances({SmallBackup::Id('a'), SmallBackup::Id('b')});
  ASSERT_TRUE(balances.ok());
  EXPECT_EQ((*balances)[0], 7);
  EXPECT_EQ((*balances)[1], 13);
  auto profile = Environment::Open(
      loop, EnvironmentOptions::Of(state_ + "/profile/store", "profile", {"profiles", "files"}, options_.store));
  ASSERT_TRUE(profile.ok()) << profile.error().text;
  const auto kept = (*profile)->Read([&](ReadTransaction& tx) -> Result<std::size_t> {
    return tx.Get((*profile)->table("files"), SmallBackup::Id('a')).value_or("").size();
  });
  EXPECT_EQ(*kept, 40'000'000u);
}

TEST_F(RestoreTest, OpenOffersAndCorrectionsAreRestored) {
  small_.AddOfferAndCorrection();
  ASSERT_EQ(Restore(), "");
  Loop loop;
  const auto ledger = Ledger::Open(loop, state_ + "/bank/store", options_.store);
  ASSERT_TRUE(ledger.ok()) << ledger.error().text;
  const auto balances = (*ledger)->Balances({SmallBackup::Id('a'), SmallBackup::Id('b')});
  ASSERT_TRUE(balances.ok());
  EXPECT_EQ((*balances)[0], 5);
  EXPECT_EQ((*balances)[1], 10);
}

// The journal is whole, but bank would not find the offer.
TEST_F(RestoreTest, AnOfferThatIsNotFoundByItsMembersIsNotRestored) {
  small_.AddOfferAndCorrection();
  small_.stores["bank"]["offers"].clear();
  EXPECT_THAT(Restore(), HasSubstr("bank: "));
}

// A backup from before the roles notary and course. The restored site draws a new key, and nobody has done a task.
TEST_F(RestoreTest, ABackupWithoutNotaryAndCourseIsRestored) {
  small_.stores.erase("notary");
  small_.stores.erase("course");
  ASSERT_EQ(Restore(), "");
  EXPECT_THAT(InState(), testing::ElementsAre("auth", "bank", "honeychecker", "keys", "profile"));
}

TEST_F(RestoreTest, ADirectoryThatIsNotEmptyIsLeftAlone) {
  std::filesystem::create_directories(state_ + "/log");
  EXPECT_THAT(Restore(), HasSubstr("is not empty: it has log"));
  EXPECT_THAT(InState(), testing::ElementsAre("log"));
  // Not even if it looks as if a restore had been interrupted there.
  std::filesystem::create_directories(state_ + "/.restoring");
  std::filesystem::create_directories(state_ + "/bank/store");
  EXPECT_THAT(Restore(), HasSubstr("is not empty: it has log"));
  EXPECT_THAT(InState(), testing::ElementsAre(".restoring", "bank", "log"));
}

TEST_F(RestoreTest, WhatAnInterruptedRestoreLeftIsRemoved) {
  std::filesystem::create_directories(state_ + "/.restoring/profile/store");
  std::filesystem::create_directories(state_ + "/auth/store");
  std::ofstream(state_ + "/auth/store/data.mdb") << "half";
  EXPECT_EQ(Restore(), "");
  EXPECT_THAT(InState(), testing::ElementsAre("auth", "bank", "course", "honeychecker", "keys", "notary", "profile"));
  EXPECT_GT(std::filesystem::file_size(state_ + "/auth/store/data.mdb"), 4096u);
}

TEST_F(RestoreTest, StoresThatDoNotBelongTogetherAreRestoredOnlyOnDemand) {
  small_.stores["honeychecker"]["indexes"].clear();
  EXPECT_THAT(Restore(), HasSubstr("do not belong together: honeychecker does not know"));
  EXPECT_THAT(InState(), testing::ElementsAre());
  options_.with_faults = true;
  EXPECT_EQ(Restore(), "");
}

TEST_F(RestoreTest, AJournalThatDoesNotReplayIsNotRestored) {
  small_.stores["bank"]["acts"].clear();
  EXPECT_THAT(Restore(), HasSubstr("bank: "));
  EXPECT_THAT(InState(), testing::ElementsAre());
}

TEST_F(RestoreTest, ADamagedBackupLeavesNothing) {
  ASSERT_TRUE(small_.Write(options_.file).ok());
  std::filesystem::resize_file(options_.file, std::filesystem::file_size(options_.file) - 1);
  const auto restored = backup::Restore(options_);
  ASSERT_FALSE(restored.ok());
  EXPECT_THAT(restored.error().text, HasSubstr("it ends too early"));
  EXPECT_THAT(InState(), testing::ElementsAre());
}

}  // namespace
}  // namespace zoobar
