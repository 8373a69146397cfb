#include "http/turn_shares.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace zoobar {
namespace {

constexpr std::int64_t kEventUs = 100;

IpAddress At(const std::string& text) { return *IpAddress::Parse(text); }

// Connections that are ready in every turn of the loop, as descriptors are until somebody reads from them.
class TurnSharesTest : public testing::Test {
 protected:
  bool Handle(const std::string& address, int connection, std::int64_t took_us) {
    const IpAddress key = At(address).CapKey();
    if (!shares_.Admit(key, sources_[{address, connection}])) return false;
    shares_.Charge(key, took_us);
    return true;
  }
  // One turn in which these numbers of connections are ready for these addresses, in this order. Returns how many
  // events of each address were handled.
  std::map<std::string, int> Turn(const std::vector<std::pair<std::string, int>>& ready,
                                  std::int64_t took_us = kEventUs) {
    loop_.RunOnce();
    std::map<std::string, int> handled;
    for (const auto& [address, count] : ready) {
      for (int i = 0; i < count; ++i) {
        if (Handle(address, i, took_us)) ++handled[address];
      }
    }
    return handled;
  }

  Loop loop_;
  TurnShares shares_{loop_};
  std::map<std::pair<std::string, int>, TurnShares::Source> sources_;
};

TEST_F(TurnSharesTest, AnAddressWithManyEventsHasAQuantumOfEachTurn) {
  EXPECT_EQ(Turn({{"192.0.2.1", 500}})["192.0.2.1"], TurnShares::kQuantumUs / kEventUs + 1);
  EXPECT_EQ(Turn({{"192.0.2.1", 500}})["192.0.2.1"], TurnShares::kQuantumUs / kEventUs + 1) << "and so of the next";
}

// Whatever time one connection takes, and in whatever order the kernel reports them.
TEST_F(TurnSharesTest, AConnectionThatIsAlwaysReadyDoesNotKeepTheLoopFromOthersOfItsAddress) {
  std::map<int, int> handled;
  for (int turn = 0; turn < 2000; ++turn) {
    loop_.RunOnce();
    for (int i = 0; i < 20; ++i) handled[i] += Handle("192.0.2.1", i, i == 0 ? 8000 : 20) ? 1 : 0;
    if (turn % 2 == 0) Handle("192.0.2.2", 0, 20);
  }
  for (int i = 1; i < 20; ++i) EXPECT_NEAR(handled[i], handled[0], 1) << i;
  EXPECT_GT(handled[0], 10);
}

TEST_F(TurnSharesTest, WhoHasUsedLittleIsHandledInTheTurnInWhichItComes) {
  for (int i = 0; i < 50; ++i) {
    const auto handled = Turn({{"192.0.2.1", 200}, {"192.0.2.2", i % 5 == 0 ? 1 : 0}});
    if (i % 5 == 0) {
      EXPECT_EQ(handled.at("192.0.2.2"), 1) << i;
    }
  }
}

TEST_F(TurnSharesTest, HoweverManyAddressesHaveManyEventsATurnIsBounded) {
  std::vector<std::pair<std::string, int>> ready;
  for (int i = 1; i <= 100; ++i) ready.emplace_back("192.0.2." + std::to_string(i), 20);
  ready.emplace_back("198.51.100.1", 1);
  for (int turn = 0; turn < 20; ++turn) {
    int sum = 0;
    const auto handled = Turn(ready);
    for (const auto& [address, count] : handled) sum += count;
    // An address that is not ahead has at most one event handled.
    EXPECT_LE(sum, TurnShares::kTurnUs / kEventUs + 104) << turn;
    if (turn == 0) {
      EXPECT_EQ(handled.at("198.51.100.1"), 1);
    }
  }
}

TEST_F(TurnSharesTest, ThoseThatAlwaysHaveEventsGetTheSameTimeWhateverOneEventTakes) {
  std::map<std::string, std::int64_t> used;
  for (int i = 0; i < 2000; ++i) {
    loop_.RunOnce();
    for (const auto& [address, each] : {std::pair{"192.0.2.1", 700}, {"192.0.2.2", 50}, {"192.0.2.3", 50}}) {
      for (int event = 0; event < 100; ++event) used[address] += Handle(address, event, each) ? each : 0;
    }
  }
  EXPECT_NEAR(static_cast<double>(used["192.0.2.1"]) / static_cast<double>(used["192.0.2.2"]), 1, 0.05);
  EXPECT_NEAR(static_cast<double>(used["192.0.2.3"]) / static_cast<double>(used["192.0.2.2"]), 1, 0.05);
}

TEST_F(TurnSharesTest, SomethingIsHandledInEverySecondTurnAtLeast) {
  int idle = 0;
  for (int i = 0; i < 400; ++i) {
    int sum = 0;
    for (const auto& [address, count] : Turn({{"192.0.2.1", 3}, {"192.0.2.2", i % 2}}, 5000)) sum += count;
    idle = sum > 0 ? 0 : idle + 1;
    EXPECT_LT(idle, 2) << i;
  }
}

TEST_F(TurnSharesTest, AnEventInWhichTheMachineStoodStillIsNotHeldAgainstItsAddress) {
  loop_.RunOnce();
  shares_.Charge(At("192.0.2.1").CapKey(), 3'000'000);
  int turns = 0;
  while (!Turn({{"192.0.2.2", 100}, {"192.0.2.1", 1}}).contains("192.0.2.1")) ASSERT_LT(++turns, 100);
}

TEST_F(TurnSharesTest, WorkThatCouldNotBePutOffLeavesAnAddressBehindForAWhileOnly) {
  loop_.RunOnce();
  for (int i = 0; i < 10000; ++i) shares_.Charge(At("192.0.2.1").CapKey(), 1000);
  std::int64_t passed = 0;
  while (true) {
    const auto handled = Turn({{"192.0.2.2", 100}, {"192.0.2.1", 1}});
    if (handled.contains("192.0.2.1")) break;
    passed += handled.contains("192.0.2.2") ? handled.at("192.0.2.2") * kEventUs : 0;
    ASSERT_LT(passed, 2 * TurnShares::kMostAheadUs);
  }
}

// If there are enough events, libuv asks the kernel for more several times before a turn ends.
TEST_F(TurnSharesTest, ATurnThatDoesNotEndIsDivided) {
  loop_.RunOnce();
  int handled = 0;
  for (int i = 0; i < 5000; ++i) handled += Handle("192.0.2.1", i % 1200, 5000) ? 1 : 0;
  EXPECT_GE(handled, 4);
  EXPECT_LE(handled, 6);
}

TEST_F(TurnSharesTest, AnIpv6NetworkIsOne) {
  Turn({{"2001:db8:0:2::1", 1}, {"2001:db8:0:3::1", 1}});
  loop_.RunOnce();
  shares_.Charge(At("2001:db8::1").CapKey(), 10000);
  EXPECT_FALSE(Handle("2001:db8::2", 0, kEventUs));
  EXPECT_TRUE(Handle("2001:db8:0:1::2", 0, kEventUs));
}

TEST_F(TurnSharesTest, AddressesThatOweNothingAreForgotten) {
  for (int i = 0; i < 200; ++i) {
    for (int j = 0; j < 200; ++j) Turn({{"10." + std::to_string(i) + ".0." + std::to_string(j), 1}});
  }
  EXPECT_LE(shares_.remembered(), 200u);
}

}  // namespace
}  // namespace zoobar
