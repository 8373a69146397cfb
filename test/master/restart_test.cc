#include "master/restart.h"

#include <gtest/gtest.h>

#include <vector>

#include "roles/table.h"
#include "site/role.h"

namespace zoobar {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kWindow = 30 * kSecond;
constexpr Milliseconds kLongest{100};

TEST(RestartTest, ASingleEndIsRepairedAtOnceHoweverOftenItHappens) {
  RestartPolicy policy(kLongest);
  for (std::int64_t now = kSecond; now < 100 * kWindow; now += kWindow) {
    EXPECT_EQ(policy.Ended(now, true).count(), 0);
    EXPECT_FALSE(policy.degraded());
  }
}

TEST(RestartTest, ThreeEndsInARowAreRepairedAtOnceToo) {
  RestartPolicy policy(kLongest);
  for (std::int64_t now = 1; now <= 3; ++now) EXPECT_EQ(policy.Ended(now, true).count(), 0);
  EXPECT_FALSE(policy.degraded());
  EXPECT_EQ(policy.ends(), 3u);
}

TEST(RestartTest, EndsWithoutEndAreDelayedMoreAndMoreButNeverPastTheLongestDelay) {
  RestartPolicy policy(kLongest);
  std::vector<long> delays;
  for (std::int64_t now = 1; now <= 8; ++now) delays.push_back(policy.Ended(now * 1000, true).count());
  EXPECT_EQ(delays, (std::vector<long>{0, 0, 0, 25, 50, 100, 100, 100}));
  for (std::int64_t now = 10; now <= 10'000; ++now) EXPECT_EQ(policy.Ended(now * 1000, true), kLongest);
}

TEST(RestartTest, ItIsDegradedFromTheFirstDelayedStartOnUntilAWindowHasPassedWithoutAnEnd) {
  RestartPolicy policy(kLongest);
  for (std::int64_t end = 1; end <= 3; ++end) policy.Ended(end * kSecond, true);
  EXPECT_FALSE(policy.Recover(4 * kSecond)) << "it was not degraded";
  policy.Ended(4 * kSecond, true);
  EXPECT_TRUE(policy.degraded());
  EXPECT_EQ(policy.ends(), 4u);
  EXPECT_FALSE(policy.Recover(4 * kSecond + kWindow - 1));
  EXPECT_TRUE(policy.degraded());
  EXPECT_TRUE(policy.Recover(4 * kSecond + kWindow));
  EXPECT_FALSE(policy.degraded());
  EXPECT_FALSE(policy.Recover(4 * kSecond + kWindow)) << "it was already reported";
  EXPECT_EQ(policy.Ended(5 * kSecond + kWindow, true).count(), 0);
}

TEST(RestartTest, ARoleThatEndsNowAndThenStaysDegradedAndIsRepairedAtOnce) {
  RestartPolicy policy(kLongest);
  for (std::int64_t end = 0; end < 6; ++end) policy.Ended(end * kSecond, true);
  ASSERT_TRUE(policy.degraded());
  for (int again = 1; again < 5; ++again) {
    const std::int64_t now = 5 * kSecond + again * (kWindow - kSecond);
    EXPECT_EQ(policy.Ended(now, true).count(), 0);
    EXPECT_FALSE(policy.Recover(now));
    EXPECT_TRUE(policy.degraded()) << "no window without an end yet";
  }
}

TEST(RestartTest, ARoleThatIsNeverReadyIsStartedMoreAndMoreSeldom) {
  RestartPolicy policy(kLongest);
  std::vector<long> delays;
  std::int64_t now = 0;
  for (int start = 1; start <= 14; ++start) {
    delays.push_back(policy.Ended(now, false).count());
    now += delays.back() * 1000;
  }
  EXPECT_EQ(delays, (std::vector<long>{0, 0, 0, 25, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}));
  EXPECT_TRUE(policy.degraded());
  EXPECT_FALSE(policy.Recover(now)) << "it is tried often enough to stay degraded";
  EXPECT_LE(policy.Ended(now, true), kLongest) << "it was ready before it ended, so a client may be the cause";
  EXPECT_EQ(policy.Ended(now, false).count(), 0) << "counted anew";
}

TEST(RestartTest, NoRolesDelayAndStartTogetherTakeHalfASecond) {
  constexpr Milliseconds kRoomForTheStart{150};
  for (const RoleSpec* spec : AllRoles()) {
    EXPECT_LE(LongestDelay(spec->role) + kRoomForTheStart, Milliseconds(500)) << RoleName(spec->role);
    EXPECT_GE(LongestDelay(spec->role), RestartPolicy::kFirst) << RoleName(spec->role);
  }
}

TEST(RestartTest, OfManyLinesOneIsDueInEachPeriodAndSaysHowManyWereLeftOut) {
  Sparing sparing;
  EXPECT_EQ(sparing.Due(kSecond), 0u);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(sparing.Due(2 * kSecond), std::nullopt);
  EXPECT_EQ(sparing.Due(11 * kSecond), 7u);
  EXPECT_EQ(sparing.Due(12 * kSecond), std::nullopt);
  EXPECT_EQ(sparing.Due(60 * kSecond), 1u);
  EXPECT_EQ(sparing.Due(90 * kSecond), 0u);
}

}  // namespace
}  // namespace zoobar
