#include "credentials/throttle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoobar {
namespace {

using Outcome = LoginThrottle::Outcome;
using Admission = LoginThrottle::Admission;

class ThrottleTest : public testing::Test {
 protected:
  LoginThrottle Throttle(LoginThrottle::Limits limits) {
    return LoginThrottle(limits, [this] { return now_; });
  }
  LoginThrottle Throttle() { return Throttle(limits_); }

  // Makes an attempt with a wrong password. Returns its delay, or -1 if it was refused.
  static std::int64_t Fail(LoginThrottle& throttle, const LoginThrottle::Who& who) {
    Admission admission = throttle.Begin(who);
    const std::int64_t delay = admission.refused ? -1 : admission.delay_ms;
    throttle.End(std::move(admission.attempt), Outcome::kWrong);
    return delay;
  }
  // How long the next attempt would have to wait. Charges nothing.
  static std::int64_t Delay(LoginThrottle& throttle, const LoginThrottle::Who& who) {
    const Admission admission = throttle.Begin(who);
    return admission.refused ? -1 : admission.delay_ms;
  }

  LoginThrottle::Limits limits_{.account_failures = 3,
                                .account_seconds = 30,
                                .address_failures = 1000,
                                .address_seconds = 1,
                                .max_delay_ms = 4000,
                                .held = 256};
  std::int64_t now_ = 1'000'000;
};

TEST_F(ThrottleTest, TheConfigurationsDefaultsAreTheLimits) {
  const LoginThrottle::Limits limits = LoginThrottle::Limits::From(Config::Throttle());
  EXPECT_EQ(limits.account_failures, 10u);
  EXPECT_EQ(limits.account_seconds, 30u);
  EXPECT_EQ(limits.address_failures, 100u);
  EXPECT_EQ(limits.address_seconds, 1u);
  EXPECT_EQ(limits.max_delay_ms, 4000u);
  EXPECT_EQ(limits.held, 256u);
}

TEST_F(ThrottleTest, AnAttemptThatNamesNobodyIsChargedToItsAddressAlone) {
  limits_.address_failures = 5;
  limits_.address_seconds = 3600;
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who nobody{{}, "192.0.2.1", {}};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Fail(throttle, nobody), 0) << i;
  EXPECT_EQ(throttle.sizes().accounts, 0u);
  EXPECT_EQ(throttle.sizes().pairs, 0u);
  EXPECT_EQ(Delay(throttle, {{}, "192.0.2.2", {}}), 0) << "another address";
  EXPECT_GT(Delay(throttle, nobody), 0);
  EXPECT_GT(Delay(throttle, {"alice", "192.0.2.1", {}}), 0) << "its passwords wait too";
  for (int i = 0; i < 5; ++i) Fail(throttle, nobody);
  EXPECT_EQ(Fail(throttle, nobody), -1);
  EXPECT_TRUE(throttle.Begin({"alice", "192.0.2.2", {}}).pace_ms == 0);
}

TEST_F(ThrottleTest, PastTheFreeFailuresTheDelayDoublesUpToTheLongest) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 10; ++i) {
    now_ += 5;
    delays.push_back(Fail(throttle, who));
  }
  EXPECT_EQ(delays, (std::vector<std::int64_t>{0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000}));
}

TEST_F(ThrottleTest, DebtRunsOffOneUnitAtATime) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 5; ++i) Fail(throttle, who);
  EXPECT_EQ(Delay(throttle, who), 1000);
  now_ += 30'000;
  EXPECT_EQ(Delay(throttle, who), 500);
  now_ += 29'999;
  EXPECT_EQ(Delay(throttle, who), 500);
  now_ += 1;
  EXPECT_EQ(Delay(throttle, who), 250);
  now_ += 30'000;
  EXPECT_EQ(Delay(throttle, who), 0);
  now_ += 60'000;
  Fail(throttle, {"bob", "192.0.2.1", {}});
  EXPECT_EQ(throttle.sizes().accounts, 1u);  // alice's is forgotten
}

TEST_F(ThrottleTest, HoweverLongAnAttackWentOnItsEndIsFeltSoon) {
  LoginThrottle throttle = Throttle();
  for (int i = 0; i < 10'000; ++i) Fail(throttle, {"alice", std::to_string(i), {}});
  for (int i = 0; i < 10; ++i) Fail(throttle, {"alice", "192.0.2.9", {}});
  EXPECT_EQ(Delay(throttle, {"alice", "192.0.2.9", {}}), 4000);
  EXPECT_EQ(throttle.Begin({"alice", "192.0.2.1", {}}).pace_ms, 500);
  now_ += (3 + 5) * 30'000;
  EXPECT_EQ(Delay(throttle, {"alice", "192.0.2.9", {}}), 0);
  EXPECT_EQ(throttle.Begin({"alice", "192.0.2.1", {}}).pace_ms, 0);
}

TEST_F(ThrottleTest, StrangersNeverSlowAKnownDevice) {
  LoginThrottle throttle = Throttle();
  for (int i = 0; i < 5000; ++i) Fail(throttle, {"alice", "192.0.2.1", {}});
  EXPECT_EQ(Delay(throttle, {"alice", "192.0.2.1", {}}), -1);
  EXPECT_EQ(Delay(throttle, {"alice", "192.0.2.1", "browser"}), 0);
  EXPECT_EQ(throttle.Begin({"alice", "198.51.100.1", {}}).pace_ms, 500);
  EXPECT_EQ(throttle.Begin({"alice", "198.51.100.1", "browser"}).pace_ms, 0);
}

TEST_F(ThrottleTest, AKnownDevicePastItsBudgetIsAStranger) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who stolen{"alice", "192.0.2.1", "browser"}, stranger{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Fail(throttle, stolen), 0);
  EXPECT_EQ(throttle.sizes().accounts, 0u);  // only its own budget is charged
  EXPECT_EQ(throttle.sizes().addresses, 0u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Fail(throttle, stolen), 0);
  EXPECT_EQ(Delay(throttle, stolen), 250);
  EXPECT_EQ(Delay(throttle, stranger), 250);
  EXPECT_EQ(Delay(throttle, {"alice", "192.0.2.1", "another browser"}), 0);
  EXPECT_EQ(Delay(throttle, {"bob", "192.0.2.1", "browser"}), 0);  // the same device, another account
  now_ += 30'000;
  EXPECT_EQ(Delay(throttle, stolen), 0);
}

TEST_F(ThrottleTest, ParallelAttemptsCountBeforeAnyIsJudged) {
  LoginThrottle throttle = Throttle();
  std::vector<Admission> flying;
  for (int i = 0; i < 6; ++i) flying.push_back(throttle.Begin({"alice", "192.0.2.1", {}}));
  EXPECT_EQ(flying[2].delay_ms, 0);
  EXPECT_EQ(flying[3].delay_ms, 250);
  EXPECT_EQ(flying[5].delay_ms, 1000);
  std::vector<Admission> of_device;
  for (int i = 0; i < 4; ++i) of_device.push_back(throttle.Begin({"alice", "192.0.2.1", "browser"}));
  EXPECT_EQ(of_device[2].delay_ms, 0);
  EXPECT_EQ(of_device[3].delay_ms, 2000);
}

TEST_F(ThrottleTest, WhatIsRightOrNotJudgedCostsNothing) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 20; ++i) {
    throttle.End(throttle.Begin(who).attempt, Outcome::kRight);
    throttle.End(throttle.Begin(who).attempt, Outcome::kNotJudged);
    throttle.End(throttle.Begin({"alice", "192.0.2.1", "browser"}).attempt, Outcome::kRight);
    {
      const Admission dropped = throttle.Begin(who);
    }
  }
  EXPECT_EQ(Delay(throttle, who), 0);
  const LoginThrottle::Sizes sizes = throttle.sizes();
  EXPECT_EQ(sizes.accounts + sizes.addresses + sizes.pairs + sizes.devices + sizes.held, 0u);
}

TEST_F(ThrottleTest, ASuccessClearsNothingOfWhatOthersOwe) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 5; ++i) Fail(throttle, who);
  throttle.End(throttle.Begin(who).attempt, Outcome::kRight);
  EXPECT_EQ(Delay(throttle, who), 1000);
}

TEST_F(ThrottleTest, ANameThatNobodyHasSlowsDownLikeAnyOther) {
  // The throttle is never told which names exist.
  LoginThrottle throttle = Throttle();
  for (int i = 0; i < 12; ++i) {
    now_ += 100;
    EXPECT_EQ(Fail(throttle, {"alice", "192.0.2.1", {}}), Fail(throttle, {"no such member", "192.0.2.1", {}}));
  }
}

TEST_F(ThrottleTest, AnAddressIsSlowedWhateverTheAccountsThenRefused) {
  limits_.address_failures = 10;
  LoginThrottle throttle = Throttle();
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 30; ++i) delays.push_back(Fail(throttle, {std::to_string(i), "192.0.2.1", {}}));
  EXPECT_EQ(delays[9], 0);
  EXPECT_EQ(delays[10], 250);
  EXPECT_EQ(delays[19], 4000);
  EXPECT_EQ(delays[20], -1);
  EXPECT_EQ(delays[29], -1);
  EXPECT_EQ(Delay(throttle, {"31", "192.0.2.2", {}}), 0);

  const Admission refused = throttle.Begin({"32", "192.0.2.1", {}});
  EXPECT_TRUE(refused.refused);
  EXPECT_EQ(refused.retry_after_s, 1);
  now_ += 1000;
  EXPECT_EQ(Delay(throttle, {"32", "192.0.2.1", {}}), 4000);
}

TEST_F(ThrottleTest, AnAccountsDebtAloneNeverRefuses) {
  LoginThrottle throttle = Throttle();
  for (int i = 0; i < 2000; ++i) EXPECT_NE(Fail(throttle, {"alice", std::to_string(i), {}}), -1);
}

TEST_F(ThrottleTest, AnAddressThatHasNotFailedHereDoesNotWaitForThoseThatHave) {
  LoginThrottle throttle = Throttle();
  for (int i = 0; i < 100; ++i) Fail(throttle, {"alice", "203.0.113." + std::to_string(i % 4), {}});
  const LoginThrottle::Who member{"alice", "192.0.2.1", {}};
  // Three typing errors cost no delay either. After that the address counts as one that guesses.
  for (std::uint32_t i = 0; i < LoginThrottle::kUnslowed; ++i) {
    Admission admission = throttle.Begin(member);
    EXPECT_FALSE(admission.refused);
    EXPECT_EQ(admission.delay_ms, 0);
    EXPECT_FALSE(admission.guessed);
    EXPECT_EQ(admission.pace_ms, 500) << "eight attempts are judged in the longest delay, of all addresses together";
    EXPECT_EQ(admission.account, throttle.Begin({"alice", "203.0.113.1", {}}).account);
    throttle.End(std::move(admission.attempt), Outcome::kWrong);
  }
  EXPECT_TRUE(throttle.Begin(member).guessed);
  EXPECT_EQ(Delay(throttle, member), 250);
  now_ += 30'000;
  EXPECT_EQ(Delay(throttle, member), 0);
}

TEST_F(ThrottleTest, ThePaceGrowsWithWhatTheAccountOwes) {
  LoginThrottle throttle = Throttle();
  std::vector<std::int64_t> paces;
  for (int i = 0; i < 6; ++i) {
    Admission admission = throttle.Begin({"alice", std::to_string(i), {}});
    paces.push_back(admission.pace_ms);
    throttle.End(std::move(admission.attempt), Outcome::kWrong);
  }
  EXPECT_EQ(paces, (std::vector<std::int64_t>{0, 0, 0, 250, 500, 500}));
}

TEST_F(ThrottleTest, OfOneAddressSixteenAreHeldAtOnceAndOthersNotForThem) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}}, other{"alice", "192.0.2.2", {}};
  for (int i = 0; i < 8; ++i) Fail(throttle, who);
  for (int i = 0; i < 8; ++i) Fail(throttle, other);
  std::vector<Admission> held;
  for (std::uint32_t i = 0; i < LoginThrottle::kHeldPerAddress; ++i) held.push_back(throttle.Begin(who));
  for (const Admission& each : held) EXPECT_FALSE(each.refused);
  const Admission refused = throttle.Begin(who);
  EXPECT_TRUE(refused.refused);
  EXPECT_EQ(refused.delay_ms, 0);
  EXPECT_EQ(refused.retry_after_s, 4);
  EXPECT_FALSE(throttle.Begin(other).refused);
  EXPECT_FALSE(throttle.Begin({"bob", "192.0.2.1", {}}).refused);
  EXPECT_FALSE(throttle.Begin({"alice", "192.0.2.1", "browser"}).refused);

  throttle.Released(held[0].attempt);
  throttle.Released(held[0].attempt);  // a second call does nothing
  EXPECT_EQ(throttle.sizes().held, LoginThrottle::kHeldPerAddress - 1);
  Admission next = throttle.Begin(who);
  EXPECT_FALSE(next.refused);
  EXPECT_TRUE(throttle.Begin(who).refused);
  throttle.End(std::move(held[1].attempt), Outcome::kWrong);  // not released, because its client is gone
  EXPECT_FALSE(throttle.Begin(who).refused);
}

TEST_F(ThrottleTest, InAllSoManyAreHeldAtOnceAndWhoNeedNotWaitIsNotOneOfThem) {
  limits_.held = 5;
  LoginThrottle throttle = Throttle();
  std::vector<Admission> held;
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::to_string(i);
    for (int failures = 0; failures < 3; ++failures) Fail(throttle, {name, "192.0.2.1", {}});
    held.push_back(throttle.Begin({name, "192.0.2.1", {}}));
  }
  EXPECT_EQ(throttle.sizes().held, 5u);
  for (int failures = 0; failures < 3; ++failures) Fail(throttle, {"alice", "192.0.2.1", {}});
  EXPECT_TRUE(throttle.Begin({"alice", "192.0.2.1", {}}).refused);
  EXPECT_FALSE(throttle.Begin({"bob", "192.0.2.1", {}}).refused);
  held.clear();
  EXPECT_EQ(throttle.sizes().held, 0u);
  EXPECT_FALSE(throttle.Begin({"alice", "192.0.2.1", {}}).refused);
}

TEST_F(ThrottleTest, WhatIsRefusedIsNotCharged) {
  limits_.held = 0;
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 100; ++i) Fail(throttle, who);
  now_ += 30'000;
  EXPECT_EQ(Delay(throttle, who), 0);
}

TEST_F(ThrottleTest, AnAttemptMovesWithItsCharge) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  LoginThrottle::Attempt first = throttle.Begin(who).attempt;
  LoginThrottle::Attempt second = std::move(first);
  EXPECT_EQ(throttle.sizes().accounts, 1u);
  second = LoginThrottle::Attempt();  // the former attempt was not judged
  EXPECT_EQ(throttle.sizes().accounts, 0u);
  throttle.End(LoginThrottle::Attempt(), Outcome::kWrong);  // an empty attempt changes nothing
}

TEST_F(ThrottleTest, NewLimitsKeepWhatIsOwed) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who who{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 4; ++i) Fail(throttle, who);
  LoginThrottle::Attempt flying = throttle.Begin(who).attempt;
  limits_.account_seconds = 60;
  throttle.Configure(limits_);
  EXPECT_EQ(Delay(throttle, who), 1000);
  throttle.End(std::move(flying), Outcome::kRight);  // gives back one unit at the new rate
  EXPECT_EQ(Delay(throttle, who), 500);
  now_ += 60'000;
  EXPECT_EQ(Delay(throttle, who), 250);
  limits_.account_failures = 10;
  throttle.Configure(limits_);
  EXPECT_EQ(Delay(throttle, who), 0);
  limits_.account_seconds = 0;
  throttle.Configure(limits_);
  EXPECT_EQ(throttle.sizes().accounts, 0u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Fail(throttle, who), 0);
}

TEST_F(ThrottleTest, AMillionNamesTakeNoMoreThanTheTables) {
  LoginThrottle throttle = Throttle();
  const LoginThrottle::Who attacked{"alice", "192.0.2.1", {}};
  for (int i = 0; i < 6; ++i) Fail(throttle, attacked);
  for (int i = 0; i < 1'000'000; ++i) {
    const std::string text = std::to_string(i);
    Fail(throttle, {text, text, i % 4 == 0 ? text : std::string_view()});
  }
  const LoginThrottle::Sizes sizes = throttle.sizes();
  EXPECT_EQ(sizes.accounts, LoginThrottle::kEntries);
  EXPECT_EQ(sizes.addresses, LoginThrottle::kEntries);
  EXPECT_EQ(sizes.pairs, LoginThrottle::kEntries);
  EXPECT_EQ(sizes.devices, LoginThrottle::kEntries);
  EXPECT_EQ(Delay(throttle, attacked), 2000);  // an account that owes more than they is remembered

  // Debts that have run off are removed when others are added.
  now_ += 1'000'000;
  for (std::size_t i = 0; i < LoginThrottle::kEntries; ++i) Fail(throttle, {"alice", std::to_string(i % 1000), {}});
  EXPECT_LE(throttle.sizes().accounts, 1u);
  EXPECT_LE(throttle.sizes().addresses, 1000u);
}

}  // namespace
}  // namespace zoobar
