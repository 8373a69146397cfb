// The master's part in the sealed logs: the secret, the starts, the note.
#include "master/audit.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "audit/chain.h"
#include "live_site/temporary_directory.h"
#include "site/fake_site.h"

namespace zoobar {
namespace {

class MasterAuditTest : public testing::Test {
 protected:
  MasterAuditTest() {
    EXPECT_GE(sodium_init(), 0);
    std::filesystem::create_directory(state_ + "/log");
    directory_ = Fd(open((state_ + "/log").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  AuditGround Prepare() {
    Result<AuditGround> ground = PrepareAudit(state_, directory_.get());
    EXPECT_TRUE(ground.ok()) << (ground.ok() ? "" : ground.error().text);
    return std::move(*ground);
  }
  // Writes records of one epoch to audit.log, as logger does.
  static audit::Chain ChainOf(const Seal& seal) {
    return {seal.start(), seal.epoch(), audit::Key(seal.key()),
            audit::MacOfHex(seal.found_mac()).value_or(audit::Mac{})};
  }
  void Append(const std::string& text, const std::string& file = "audit.log") const {
    std::ofstream(state_ + "/log/" + file, std::ios::app | std::ios::binary) << text;
  }
  static Seal SealOf(AuditKeeper& keeper) {
    zoobar::Start start;
    keeper.BeginEpochs(start);
    EXPECT_EQ(start.seals_size(), 2);
    EXPECT_EQ(start.seals(0).log(), "audit");
    return start.seals(0);
  }

  const TemporaryDirectory folder_;
  const std::string state_ = folder_.path();
  Fd directory_;
  FakeLog log_;
};

TEST_F(MasterAuditTest, TheSecretIsMadeOnceAndIsRootsAlone) {
  Prepare();
  const Result<audit::Key> first = audit::ReadSecret(state_);
  ASSERT_TRUE(first.ok());
  struct stat about{};
  ASSERT_EQ(stat((state_ + "/audit/secret").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600u);
  ASSERT_EQ(stat((state_ + "/audit").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0700u);
  Prepare();
  EXPECT_EQ(audit::ReadSecret(state_)->bytes(), first->bytes());
}

TEST_F(MasterAuditTest, NoEpochsKeyIsHandedOutTwice) {
  std::set<std::string> keys;
  for (int start = 1; start <= 3; ++start) {
    AuditKeeper keeper(Prepare(), directory_.get(), log_);
    for (int epoch = 1; epoch <= 3; ++epoch) {
      const Seal seal = SealOf(keeper);
      EXPECT_EQ(seal.start(), static_cast<std::uint64_t>(start));
      EXPECT_EQ(seal.epoch(), static_cast<std::uint64_t>(epoch));
      EXPECT_TRUE(keys.insert(seal.key()).second);
    }
  }
}

TEST_F(MasterAuditTest, WithoutTheListOfStartsItRefusesToStart) {
  Prepare();
  std::filesystem::remove(state_ + "/audit/starts");
  const Result<AuditGround> ground = PrepareAudit(state_, directory_.get());
  ASSERT_FALSE(ground.ok());
  EXPECT_NE(ground.error().text.find("starts"), std::string::npos);
  std::filesystem::remove_all(state_ + "/audit");
  Prepare();
}

TEST_F(MasterAuditTest, ItNotesTheEndAndTellsTheNextEpochWhatItFound) {
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  const Seal first = SealOf(keeper);
  EXPECT_EQ(first.found(), "");
  audit::Chain chain = ChainOf(first);
  for (int i = 0; i < 2; ++i) Append(chain.Seal("{}") + "\n");
  keeper.NoteEnds();
  EXPECT_EQ(audit::TextOf(audit::ReadNote(state_)->at("audit").end), "1.1.1");
  Append("{\"unfin");
  const Seal second = SealOf(keeper);
  EXPECT_EQ(second.found(), "1.1.1");
  EXPECT_EQ(second.noted(), "1.1.1");
  EXPECT_EQ(second.found_mac(), audit::HexOf(chain.last_mac()));
  EXPECT_TRUE(second.torn());
  EXPECT_TRUE(log_.Named("audit-end-missing").empty());
}

TEST_F(MasterAuditTest, ACutEndIsToldAndStaysWrittenDown) {
  {
    AuditKeeper keeper(Prepare(), directory_.get(), log_);
    audit::Chain chain = ChainOf(SealOf(keeper));
    const std::string first = chain.Seal("{}") + "\n";
    Append(first + chain.Seal("{}") + "\n");
    keeper.NoteEnds();
    std::filesystem::resize_file(state_ + "/log/audit.log", first.size());
  }
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  const Seal seal = SealOf(keeper);
  EXPECT_EQ(seal.found(), "1.1.0");
  EXPECT_EQ(seal.noted(), "1.1.1");
  EXPECT_EQ(log_.Named("audit-end-missing").size(), 1u);
  const auto starts = audit::ReadStarts(state_);
  ASSERT_TRUE(starts.ok());
  EXPECT_EQ(audit::TextOf(starts->back().ends.at("audit").second), "1.1.1");
}

TEST_F(MasterAuditTest, IdsOfOtherEpochsInTheFileAreNotNoted) {
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  SealOf(keeper);
  Append(audit::EndLine(audit::BeginLine("{}", {999, 1, 1}, audit::Mac{}), audit::Mac{}) + "\n");
  keeper.NoteEnds();
  EXPECT_FALSE((*audit::ReadNote(state_))["audit"].end);
}

TEST_F(MasterAuditTest, BeforeADeletionTheNewOldestRecordIsNoted) {
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  audit::Chain chain = ChainOf(SealOf(keeper));
  chain.Seal("{}");
  Append(chain.Seal("{}") + "\n", "audit.log.1");
  keeper.NoteDeletion("audit", "audit.log.1");
  EXPECT_EQ(audit::TextOf(audit::ReadNote(state_)->at("audit").oldest), "1.1.1");
  keeper.NoteDeletion("events", "audit.log.1");  // not sealed
}

TEST_F(MasterAuditTest, TheEndIsFoundBehindEmptyFilesAndAMissingOne) {
  audit::Chain chain = [this] {
    AuditKeeper keeper(Prepare(), directory_.get(), log_);
    return ChainOf(SealOf(keeper));
  }();
  Append(chain.Seal("{}") + "\n", "audit.log.3");
  for (const char* empty : {"audit.log", "audit.log.2"}) Append("", empty);
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  EXPECT_EQ(SealOf(keeper).found(), "1.1.0");
}

TEST_F(MasterAuditTest, AnEndThatCannotBeReadNowIsNotTakenForAMissingOne) {
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  audit::Chain chain = ChainOf(SealOf(keeper));
  Append(chain.Seal("{}") + "\n");
  keeper.NoteEnds();
  rlimit allowed{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &allowed), 0);
  const rlimit none{0, allowed.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const Seal seal = SealOf(keeper);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &allowed), 0);
  EXPECT_EQ(seal.found(), "unknown");
  EXPECT_EQ(seal.noted(), "1.1.0");
  EXPECT_TRUE(log_.Named("audit-end-missing").empty());
  EXPECT_EQ(log_.Named("log-not-opened").size(), 2u);
}

TEST_F(MasterAuditTest, ALineIsUnfinishedAlsoIfNoRecordIsNearTheEnd) {
  Append(std::string(100'000, 'x') + "\n{\"begun");
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  const Seal seal = SealOf(keeper);
  EXPECT_EQ(seal.found(), "unknown");
  EXPECT_TRUE(seal.torn());
}

TEST_F(MasterAuditTest, LinksAndPipesAreNotRead) {
  Append("", "other");
  std::filesystem::create_symlink("other", state_ + "/log/audit.log");
  mkfifo((state_ + "/log/money.log").c_str(), 0600);
  AuditKeeper keeper(Prepare(), directory_.get(), log_);
  EXPECT_EQ(SealOf(keeper).found(), "");
  keeper.NoteEnds();
}

}  // namespace
}  // namespace zoobar
