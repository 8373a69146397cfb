#include "http2/frame_budget.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

constexpr std::int64_t kResets = FrameBudget::kMost / FrameBudget::kReset;

TEST(FrameBudgetTest, IsUsedUpByAFlood) {
  FrameBudget budget(1000);
  for (std::int64_t i = 0; i < kResets; ++i) ASSERT_TRUE(budget.Spend(FrameBudget::kReset, 1000)) << i;
  EXPECT_FALSE(budget.Spend(FrameBudget::kReset, 1000));
}

TEST(FrameBudgetTest, ComesBackWithTimeAndNoMoreThanItWas) {
  FrameBudget budget(1000);
  for (std::int64_t i = 0; i < kResets; ++i) budget.Spend(FrameBudget::kReset, 1000);
  const std::int64_t a_second = FrameBudget::kPerSecond / FrameBudget::kReset;
  for (std::int64_t i = 0; i < a_second; ++i) ASSERT_TRUE(budget.Spend(FrameBudget::kReset, 2000)) << i;
  EXPECT_FALSE(budget.Spend(FrameBudget::kReset, 2000));
  const std::uint64_t a_year = 365ULL * 86400 * 1000;
  for (std::int64_t i = 0; i < kResets - 1; ++i) ASSERT_TRUE(budget.Spend(FrameBudget::kReset, a_year)) << i;
  EXPECT_FALSE(budget.Spend(2 * FrameBudget::kReset, a_year));
}

TEST(FrameBudgetTest, IsEarnedByResponses) {
  FrameBudget budget(1000);
  // A client that opens its windows after each byte of a kilobyte is not one; one that does it for each frame is.
  for (int i = 0; i < 100000; ++i) {
    ASSERT_TRUE(budget.Spend(2 * FrameBudget::kOther, 1000));
    budget.EarnForBytes(FrameBudget::kBytesForPoint);
    budget.EarnForBytes(FrameBudget::kBytesForPoint - 1);
    budget.EarnForBytes(1);
  }
  bool enough = true;
  for (int i = 0; i < 10000 && enough; ++i) {
    enough = budget.Spend(FrameBudget::kOther, 1000);
    budget.EarnForBytes(1);
  }
  EXPECT_FALSE(enough);
}

}  // namespace
}  // namespace zoobar
