// The store of the role course.
#include "store/deeds.h"

#include <gmock/gmock.h>

#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeedsTest : public testing::Test {
 protected:
  DeedsTest() { Open(); }
  void Open() {
    store_.reset();
    store_ = MustHave(DeedStore::Open(loop_, folder_.path(), Config::Store()));
  }
  void Keep(std::vector<DeedStore::Deed> deeds, std::vector<std::string> gone = {}) {
    EXPECT_TRUE(WaitFor(loop_, store_->Keep(std::move(deeds), std::move(gone))).ok());
  }
  std::vector<std::string> All() {
    std::vector<std::string> all;
    const auto deeds = store_->All();
    EXPECT_TRUE(deeds.ok());
    for (const DeedStore::Deed& deed : *deeds)
      all.push_back(deed.member + "|" + deed.task + "|" + std::to_string(deed.time_ms));
    return all;
  }
  Loop loop_;
  const TemporaryDirectory folder_;
  std::unique_ptr<DeedStore> store_;
};

TEST_F(DeedsTest, WhatIsKeptIsThereAfterARestart) {
  Keep({{"bob", "pay", 7}, {"al", "read", 8}, {"bob", "read", 9}});
  Open();
  EXPECT_THAT(All(), ElementsAre("al|read|8", "bob|pay|7", "bob|read|9"));
}

TEST_F(DeedsTest, AMemberWhoIsGoneLeavesNothingAndNobodyElseLosesAnything) {
  // Of these names one is the beginning of another, and one with a task looks like another one.
  Keep({{"a", "pay", 1}, {"ab", "pay", 2}, {"apay", "pay", 3}, {std::string(128, 'a'), "pay", 4}});
  Keep({{"c", "pay", 5}}, {"a", std::string(128, 'a')});
  EXPECT_THAT(All(), ElementsAre("c|pay|5", "ab|pay|2", "apay|pay|3"));
  Keep({}, {"ab", "apay", "c", "nobody"});
  EXPECT_THAT(All(), IsEmpty());
}

}  // namespace
}  // namespace zoobar
