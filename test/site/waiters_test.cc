#include "site/waiters.h"

#include <gtest/gtest.h>

#include <optional>

namespace zoobar {
namespace {

class WaitersTest : public testing::Test {
 protected:
  Task<void> Wait(Milliseconds patience, std::optional<bool>& woken) {
    auto waiting = waiters_.Wait(loop_, patience);
    woken = co_await waiting;
  }

  Loop loop_;
  Waiters waiters_;
};

TEST_F(WaitersTest, AllThatWaitGoOnAtOnce) {
  std::optional<bool> first, second;
  Spawn(Wait(Milliseconds(60'000), first));
  Spawn(Wait(Milliseconds(60'000), second));
  EXPECT_FALSE(first.has_value());
  waiters_.WakeAll();
  EXPECT_EQ(first, true);
  EXPECT_EQ(second, true);
}

TEST_F(WaitersTest, WhoBeginsToWaitLaterIsNotWoken) {
  waiters_.WakeAll();
  std::optional<bool> woken;
  Spawn(Wait(Milliseconds(60'000), woken));
  EXPECT_FALSE(woken.has_value());
  waiters_.WakeAll();
  EXPECT_EQ(woken, true);
}

TEST_F(WaitersTest, PatienceEndsAndALaterWakeUpDoesNoHarm) {
  std::optional<bool> woken;
  Spawn(Wait(Milliseconds(1), woken));
  while (!woken.has_value()) loop_.RunOnce();
  EXPECT_EQ(woken, false);
  waiters_.WakeAll();
}

}  // namespace
}  // namespace zoobar
