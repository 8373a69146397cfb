// The file of a backup: what was written is read again, and every change is found.
#include <fcntl.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <random>

#include "backup/check.h"
#include "backup/small_backup.h"

namespace zoobar {
namespace {

using backup::Check;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

class BackupFile : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(backup::MakeKeys(key_path_).ok());
    if (GetParam()) {
      sealed_to_ = *backup::ReadPublicKey(key_path_ + ".pub");
      secret_.emplace(*backup::ReadSecretKey(key_path_));
    }
  }
  // The reason why the file is refused; empty if it is not.
  std::string Refusal() {
    const auto checked = Check(path_, secret_);
    return checked.ok() ? "" : checked.error().text;
  }

  TemporaryDirectory folder_;
  const std::string path_ = folder_.path() + "/backup", key_path_ = folder_.path() + "/key";
  std::optional<backup::PublicKey> sealed_to_;
  std::optional<backup::SecretKey> secret_;
};

TEST_P(BackupFile, IsReadAsItWasWritten) {
  ASSERT_TRUE(SmallBackup().Write(path_, sealed_to_).ok());
  const auto checked = Check(path_, secret_);
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->sealed, GetParam());
  const BackupSums& sums = checked->manifest->sums();
  EXPECT_EQ(sums.members(), 2u);
  EXPECT_EQ(sums.accounts(), 2u);
  EXPECT_EQ(sums.entries(), 3u);
  EXPECT_EQ(sums.issued(), 20);
  EXPECT_EQ(sums.held(), 20);
  EXPECT_EQ(sums.faults_size(), 0) << sums.faults(0);
}

TEST_P(BackupFile, ManyChunksAndLargeEntriesAreReadAsTheyWereWritten) {
  SmallBackup small;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i)
    small.stores["profile"]["files"][SmallBackup::Id('a') + std::to_string(i)] = std::string(random() % 5000, 'x');
  small.stores["profile"]["wall"][SmallBackup::Id('b')] = std::string(3'000'000, 'y');
  ASSERT_TRUE(small.Write(path_, sealed_to_).ok());
  EXPECT_EQ(Refusal(), "");
}

TEST_P(BackupFile, OneFlippedBitAnywhereIsFound) {
  ASSERT_TRUE(SmallBackup().Write(path_, sealed_to_).ok());
  const std::string right = ReadFile(path_);
  std::mt19937 random(20261130);
  for (int i = 0; i < 1000; ++i) {
    std::string wrong = right;
    const std::size_t bit = random() % (8 * wrong.size());
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
    WriteFile(path_, wrong);
    ASSERT_NE(Refusal(), "") << "bit " << bit;
  }
}

TEST_P(BackupFile, CutAnywhereOrContinuedItIsRefused) {
  ASSERT_TRUE(SmallBackup().Write(path_, sealed_to_).ok());
  const std::string right = ReadFile(path_);
  for (std::size_t length = 0; length < right.size(); length += 1 + length / 50) {
    WriteFile(path_, right.substr(0, length));
    ASSERT_NE(Refusal(), "") << length;
  }
  WriteFile(path_, right + '\0');
  EXPECT_THAT(Refusal(), testing::HasSubstr("something follows its end"));
  WriteFile(path_, right);
  EXPECT_EQ(Refusal(), "");
}

INSTANTIATE_TEST_SUITE_P(Plain, BackupFile, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Sealed, BackupFile, testing::Values(true));

TEST(SealedBackup, OnlyTheSecretKeyOpensIt) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/backup", key = folder.path() + "/key", other = folder.path() + "/other";
  ASSERT_TRUE(backup::MakeKeys(key).ok());
  ASSERT_TRUE(backup::MakeKeys(other).ok());
  SmallBackup small;
  small.stores["keys"]["certificates"]["a"] = "the private key of the site";
  ASSERT_TRUE(small.Write(path, *backup::ReadPublicKey(key + ".pub")).ok());
  EXPECT_EQ(ReadFile(path).find("private key"), std::string::npos);
  const auto wrong = Check(path, *backup::ReadSecretKey(other));
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().text, testing::HasSubstr("this key does not open the backup"));
  const auto without = Check(path, {});
  ASSERT_TRUE(without.ok()) << "without a key the hash of the file is checked";
  EXPECT_TRUE(without->sealed);
  EXPECT_FALSE(without->manifest);
  std::string damaged = ReadFile(path);
  damaged[damaged.size() / 2] ^= 1;
  WriteFile(path, damaged);
  EXPECT_FALSE(Check(path, {}).ok());
}

// Somebody who can write the file, and computes the hash anew, still cannot change what was sealed.
TEST(SealedBackup, ARightHashDoesNotReplaceTheSeal) {
  const TemporaryDirectory folder;
  const std::string path = folder.path() + "/backup", key = folder.path() + "/key";
  ASSERT_TRUE(backup::MakeKeys(key).ok());
  ASSERT_TRUE(SmallBackup().Write(path, *backup::ReadPublicKey(key + ".pub")).ok());
  std::string text = ReadFile(path);
  text.resize(text.size() - backup::kHashBytes);
  text[text.size() / 2] ^= 1;
  backup::Hash hash;
  hash.Add(text);
  WriteFile(path, text + hash.Finish());
  EXPECT_TRUE(Check(path, {}).ok());
  const auto opened = Check(path, *backup::ReadSecretKey(key));
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().text, testing::HasSubstr("a chunk is not what was sealed"));
}

TEST(BackupKeys, ReplaceNoFileAndAreReadFromTheirOwnFilesOnly) {
  const TemporaryDirectory folder;
  const std::string key = folder.path() + "/key";
  ASSERT_TRUE(backup::MakeKeys(key).ok());
  const std::string before = ReadFile(key);
  EXPECT_FALSE(backup::MakeKeys(key).ok());
  EXPECT_EQ(ReadFile(key), before);
  EXPECT_FALSE(backup::ReadPublicKey(key).ok());
  EXPECT_FALSE(backup::ReadSecretKey(key + ".pub").ok());
  EXPECT_FALSE(backup::ReadSecretKey(folder.path() + "/nothing").ok());
  WriteFile(key, before.substr(0, before.size() - 4));
  EXPECT_FALSE(backup::ReadSecretKey(key).ok());
}

}  // namespace
}  // namespace zoobar
