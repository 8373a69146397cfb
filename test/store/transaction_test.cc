#include "store/transaction.h"

#include <gmock/gmock.h>

#include "store/environment.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::ElementsAre;

class TransactionTest : public testing::Test {
 protected:
  void SetUp() override {
    EnvironmentOptions options;
    options.folder = folder_.path();
    options.kind = "test";
    options.tables = {"a"};
    auto opened = Environment::Open(loop_, std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    environment_ = std::move(*opened);
    a_ = environment_->table("a");
  }
  Status Write(std::function<Status(WriteTransaction&)> act) {
    return WaitFor(loop_, environment_->Write(std::move(act)));
  }
  void Fill(std::vector<std::string> keys) {
    ASSERT_TRUE(Write([this, keys](WriteTransaction& tx) -> Status {
                  for (const std::string& key : keys) tx.Put(a_, key, "value of " + key);
                  return {};
                }).ok());
  }
  void Reading(const std::function<void(ReadTransaction&)>& look) {
    Result<bool> read = environment_->Read([&](ReadTransaction& tx) -> Result<bool> {
      look(tx);
      return true;
    });
    ASSERT_TRUE(read.ok()) << read.error().text;
  }

  TemporaryDirectory folder_;
  Loop loop_;
  std::unique_ptr<Environment> environment_;
  Table a_;
};

TEST_F(TransactionTest, ACursorWalksInOrderOfTheKeysBytes) {
  Fill({"b", "\xff", "a", "ab", std::string("\0", 1)});
  Reading([this](ReadTransaction& tx) {
    std::vector<std::string> forward, backward;
    Cursor cursor(tx, a_);
    for (bool at = cursor.First(); at; at = cursor.Next()) forward.emplace_back(cursor.key());
    for (bool at = cursor.Last(); at; at = cursor.Previous()) backward.emplace_back(cursor.key());
    EXPECT_THAT(forward, ElementsAre(std::string("\0", 1), "a", "ab", "b", "\xff"));
    EXPECT_THAT(backward, ElementsAre("\xff", "b", "ab", "a", std::string("\0", 1)));
  });
}

TEST_F(TransactionTest, ACursorFindsNeighboursOfKeysThatAreNotThere) {
  Fill({"b", "d"});
  Reading([this](ReadTransaction& tx) {
    Cursor cursor(tx, a_);
    ASSERT_TRUE(cursor.AtOrAfter("c"));
    EXPECT_EQ(cursor.key(), "d");
    EXPECT_EQ(cursor.value(), "value of d");
    ASSERT_TRUE(cursor.AtOrAfter("d"));
    EXPECT_EQ(cursor.key(), "d");
    EXPECT_FALSE(cursor.AtOrAfter("e"));
    ASSERT_TRUE(cursor.Before("d"));
    EXPECT_EQ(cursor.key(), "b");
    ASSERT_TRUE(cursor.Before("z"));
    EXPECT_EQ(cursor.key(), "d");
    EXPECT_FALSE(cursor.Before("b"));
    ASSERT_TRUE(cursor.AtOrAfter(""));
    EXPECT_EQ(cursor.key(), "b");
  });
}

TEST_F(TransactionTest, AnEmptyTableHasNothingToWalk) {
  Reading([this](ReadTransaction& tx) {
    Cursor cursor(tx, a_);
    EXPECT_FALSE(cursor.First());
    EXPECT_FALSE(cursor.Last());
    EXPECT_FALSE(cursor.Before("x"));
    EXPECT_EQ(tx.Count(a_), 0u);
  });
}

TEST_F(TransactionTest, DeletingSaysWhetherThereWasOne) {
  Fill({"a"});
  bool first = false, second = true;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> Status {
                first = tx.Delete(a_, "a");
                second = tx.Delete(a_, "a");
                return {};
              }).ok());
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
}

TEST_F(TransactionTest, AWriteSeesItsOwnChanges) {
  std::string seen;
  ASSERT_TRUE(Write([&](WriteTransaction& tx) -> Status {
                tx.Put(a_, "a", "1");
                tx.Put(a_, "a", "2");
                seen = std::string(tx.Get(a_, "a").value_or(""));
                return {};
              }).ok());
  EXPECT_EQ(seen, "2");
}

TEST_F(TransactionTest, KeysLmdbCannotHoldAreNotFoundAndNotWritten) {
  const std::string longest(kMaxKeySize, 'k'), too_long(kMaxKeySize + 1, 'k');
  Fill({longest});
  Reading([&](ReadTransaction& tx) {
    EXPECT_TRUE(tx.Has(a_, longest));
    EXPECT_FALSE(tx.Has(a_, too_long));
    EXPECT_FALSE(tx.Has(a_, ""));
  });
  for (const std::string& key : {std::string(), too_long}) {
    EXPECT_FALSE(Write([&](WriteTransaction& tx) -> Status {
                   tx.Put(a_, key, "x");
                   return {};
                 }).ok());
  }
}

TEST_F(TransactionTest, AfterAFailureNothingIsFoundAndNothingWritten) {
  Fill({"a"});
  Status status = Write([&](WriteTransaction& tx) -> Status {
    tx.Fail(Error{"first"});
    tx.Fail(Error{"second"});
    EXPECT_TRUE(tx.failed());
    EXPECT_FALSE(tx.Has(a_, "a"));
    EXPECT_EQ(tx.Count(a_), 0u);
    tx.Put(a_, "b", "x");
    Cursor cursor(tx, a_);
    EXPECT_FALSE(cursor.First());
    return {};
  });
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text, testing::HasSubstr("first"));
  Reading([this](ReadTransaction& tx) { EXPECT_EQ(tx.Count(a_), 1u); });
}

}  // namespace
}  // namespace zoobar
