#include "http/turn_shares.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace zoobar {
namespace {

constexpr std::int64_t kEventUs = 100;

IpAddress At(const std::string& text) { return *IpAddress::Parse(text); }

// Events that are ready in every turn of the loop, as those of descriptors are, until they have been handled.
class TurnSharesTest : public testing::Test {
 protected:
  // One turn in which these events are ready in this order. How many of each address were handled.
  std::map<std::string, int> Turn(const std::vector<std::pair<std::string, int>>& ready,
                                  std::int64_t took_us = kEventUs) {
    loop_.RunOnce();
    std::map<std::string, int> handled;
    for (const auto& [address, count] : ready) {
      for (int i = 0; i < count; ++i) {
        if (!shares_.Admit(At(address).CapKey())) continue;
        shares_.Charge(At(address).CapKey(), took_us);
        ++handled[address];
      }
    }
    return handled;
  }

  Loop loop_;
  TurnShares shares_{loop_};
};

TEST_F(TurnSharesTest, AnAddressWithManyEventsHasAQuantumOfEachTurn) {
  EXPECT_EQ(Turn({{"192.0.2.1", 1000}})["192.0.2.1"], TurnShares::kQuantumUs / kEventUs + 1);
  EXPECT_EQ(Turn({{"192.0.2.1", 1000}})["192.0.2.1"], TurnShares::kQuantumUs / kEventUs + 1) << "and so of the next";
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
    // Those that are not ahead have one event each, at most.
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
      for (int event = 0; event < 100; ++event) {
        if (!shares_.Admit(At(address).CapKey())) continue;
        shares_.Charge(At(address).CapKey(), each);
        used[address] += each;
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(used["192.0.2.1"]) / static_cast<double>(used["192.0.2.2"]), 1, 0.05);
  EXPECT_NEAR(static_cast<double>(used["192.0.2.3"]) / static_cast<double>(used["192.0.2.2"]), 1, 0.05);
}

TEST_F(TurnSharesTest, SomethingIsHandledInEveryTurn) {
  for (int i = 0; i < 200; ++i) {
    int sum = 0;
    for (const auto& [address, count] : Turn({{"192.0.2.1", 3}, {"192.0.2.2", i % 2}}, 5000)) sum += count;
    EXPECT_GT(sum, 0) << i;
  }
}

TEST_F(TurnSharesTest, AnEventInWhichTheMachineStoodStillIsNotHeldAgainstItsAddress) {
  loop_.RunOnce();
  shares_.Charge(At("192.0.2.1").CapKey(), 3'000'000);
  int turns = 0;
  while (!Turn({{"192.0.2.2", 100}, {"192.0.2.1", 1}}).contains("192.0.2.1")) ASSERT_LT(++turns, 100);
}

// libuv asks the kernel for events many times before a turn ends, if there are enough of them.
TEST_F(TurnSharesTest, ATurnThatDoesNotEndIsDivided) {
  loop_.RunOnce();
  const IpAddress key = At("192.0.2.1").CapKey();
  int handled = 0;
  for (int i = 0; i < 5000; ++i) {
    if (!shares_.Admit(key)) continue;
    shares_.Charge(key, 5000);
    ++handled;
  }
  EXPECT_GE(handled, 4);
  EXPECT_LE(handled, 6);
}

TEST_F(TurnSharesTest, AnIpv6NetworkIsOne) {
  loop_.RunOnce();
  shares_.Charge(At("2001:db8::1").CapKey(), 10000);
  EXPECT_FALSE(shares_.Admit(At("2001:db8::2").CapKey()));
  EXPECT_TRUE(shares_.Admit(At("2001:db8:0:1::2").CapKey()));
}

TEST_F(TurnSharesTest, AddressesThatOweNothingAreForgotten) {
  for (int i = 0; i < 200; ++i) {
    for (int j = 0; j < 200; ++j) Turn({{"10." + std::to_string(i) + ".0." + std::to_string(j), 1}});
  }
  EXPECT_LE(shares_.remembered(), 200u);
}

}  // namespace
}  // namespace zoobar
