#include "roles/sandbox/time.h"

#include <gmock/gmock.h>

namespace zoobar {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

using Reading = ProcessorShare::Reading;

TEST(TimeGivenTest, OnAnIdleMachineAllOfItCounts) {
  for (const std::int64_t cpu : {std::int64_t{0}, kSecondUs / 2, kSecondUs, 7 * kSecondUs}) {
    EXPECT_EQ(TimeGiven::Of(kSecondUs, cpu, {40'000, 40'000}), kSecondUs);
    EXPECT_EQ(TimeGiven::Of(kSecondUs, cpu, {0, 0}), kSecondUs) << "nothing was probed yet";
  }
}

TEST(TimeGivenTest, ARunThatSleepsIsGivenItAllHoweverBusyTheMachineIs) {
  EXPECT_EQ(TimeGiven::Of(kSecondUs, 0, {kSecondUs, 1000}), kSecondUs);
}

TEST(TimeGivenTest, ARunThatWaitedForAProcessorIsGivenWhatItUsed) {
  EXPECT_EQ(TimeGiven::Of(5 * kSecondUs, kSecondUs / 10, {5 * kSecondUs, kSecondUs / 20}), kSecondUs / 10);
}

TEST(TimeGivenTest, WhereNobodyWasGivenAnythingOnlyWhatItUsedCounts) {
  EXPECT_EQ(TimeGiven::Of(kSecondUs, 0, {kSecondUs, 0}), 0);
  EXPECT_EQ(TimeGiven::Of(kSecondUs, 2000, {kSecondUs, 0}), 2000);
}

TEST(TimeGivenTest, ItIsNeverLessThanWasUsedNorMoreThanPassed) {
  for (std::int64_t cpu = 0; cpu <= 4 * kSecondUs; cpu += kSecondUs / 4) {
    for (std::int64_t probed = 1; probed <= 100'000; probed *= 10) {
      const std::int64_t given = TimeGiven::Of(kSecondUs, cpu, {100'000, probed});
      EXPECT_LE(given, kSecondUs);
      EXPECT_GE(given, std::min(cpu, kSecondUs));
    }
  }
}

TEST(ProcessorShareTest, ProbesWhileSomebodyWatchesAndRestsAfterwards) {
  ProcessorShare share;
  EXPECT_EQ(share.Read().wall_us, 0);
  share.Watch(true);
  while (share.Read().cpu_us < 2 * ProcessorShare::kMoment.count()) std::this_thread::yield();
  EXPECT_GE(share.Read().wall_us, share.Read().cpu_us - 1000);
  share.Watch(false);
}

TEST(ProcessorShareTest, AProbeThatIsNotGivenItsMomentCountsAlready) {
  ProcessorShare share;
  share.Watch(true);
  // The loop lasts longer than a probe. At every time the reading includes the probe that is under way.
  std::int64_t last = 0;
  for (int i = 0; i < 200; ++i) {
    const std::int64_t wall = share.Read().wall_us;
    EXPECT_GE(wall, last - 1000);
    last = wall;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  EXPECT_GT(last, 0);
  share.Watch(false);
}

}  // namespace
}  // namespace zoobar
