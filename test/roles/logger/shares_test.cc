#include "roles/logger/shares.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zoobar {
namespace {

constexpr std::int64_t kPeriod = 60'000'000;

TEST(LineShares, OneThatFloodsHasItsLinesAndLeavesTheOthersTheirs) {
  LineShares shares({.lines = 100, .of_one = 20, .period_us = kPeriod});
  int written = 0;
  for (int i = 0; i < 1000; ++i) written += shares.Take("flood", 0);
  EXPECT_EQ(written, 20);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(shares.Take("quiet", 0)) << i;
}

TEST(LineShares, HalfOfTheLinesIsForThoseBelowAnEqualShare) {
  LineShares shares({.lines = 100, .of_one = 100, .period_us = kPeriod});
  int written = 0;
  for (int i = 0; i < 1000; ++i) written += shares.Take("flood", 0);
  EXPECT_EQ(written, 50);
  written = 0;
  for (int i = 0; i < 1000; ++i) written += shares.Take("second", 0);
  EXPECT_EQ(written, 25);
  written = 0;
  for (int i = 0; i < 1000; ++i) written += shares.Take("third", 0);
  EXPECT_EQ(written, 16);
}

TEST(LineShares, WithManyThatFloodEachNewcomerHasALineWhileThereAreAny) {
  LineShares shares({.lines = 100, .of_one = 20, .period_us = kPeriod});
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 50; ++i) shares.Take(std::to_string(i), 0);
  }
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(shares.Take("new " + std::to_string(i), 0)) << i;
  EXPECT_FALSE(shares.Take("late", 0));
}

TEST(LineShares, ANewPeriodBringsNewLines) {
  LineShares shares({.lines = 100, .of_one = 1, .period_us = kPeriod});
  EXPECT_TRUE(shares.Take("a", 5));
  EXPECT_FALSE(shares.Take("a", kPeriod));
  EXPECT_TRUE(shares.Take("a", 5 + kPeriod));
}

TEST(LineShares, ASummaryNamesThoseThatCameFirstThenThoseWithMostLinesAndAddsUpTheRest) {
  LineShares shares({.lines = 1000, .of_one = 0, .period_us = kPeriod});
  EXPECT_FALSE(shares.counting_since());
  EXPECT_TRUE(shares.TakeSummary().named.empty());
  for (int i = 0; i < 100; ++i) {
    for (int lines = 0; lines <= i; ++lines) shares.Take(std::to_string(i), 77);
  }
  EXPECT_EQ(shares.counting_since(), 77);
  const LineShares::Summary summary = shares.TakeSummary();
  ASSERT_EQ(summary.named.size(), 2 * LineShares::kNamed);
  EXPECT_EQ(summary.named[0].principal, "0");
  EXPECT_EQ(summary.named[LineShares::kNamed].principal, "99");
  EXPECT_EQ(summary.named[LineShares::kNamed].lines, 100u);
  EXPECT_EQ(summary.others, 100 - 2 * LineShares::kNamed);
  std::uint64_t lines = summary.other_lines;
  for (const LineShares::Repeats& each : summary.named) lines += each.lines;
  EXPECT_EQ(lines, 100u * 101 / 2) << "every line is counted once";
  EXPECT_FALSE(summary.others_more);
  EXPECT_EQ(summary.since_us, 77);
  EXPECT_FALSE(shares.counting_since());
}

TEST(LineShares, MemoryIsBoundedNoLineIsForgottenAndNewcomersOfTheNextPeriodHaveTheirLines) {
  constexpr std::uint32_t kLines = 50;
  LineShares shares({.lines = kLines, .of_one = 5, .period_us = kPeriod});
  std::uint64_t asked = 0, written = 0;
  for (int period = 0; period < 20; ++period) {
    for (int i = 0; i < 5000; ++i) {
      written += shares.Take(std::to_string(period) + "." + std::to_string(i), period * kPeriod);
      ++asked;
    }
  }
  EXPECT_EQ(written, 20u * kLines);
  const LineShares::Summary summary = shares.TakeSummary();
  EXPECT_LE(summary.named.size(), 2 * LineShares::kNamed);
  std::uint64_t lines = summary.other_lines;
  for (const LineShares::Repeats& each : summary.named) lines += each.lines;
  EXPECT_EQ(lines, asked - written);
  EXPECT_TRUE(summary.others_more);
}

WriteRequest About(const std::string& event, const std::string& key, const std::string& value) {
  WriteRequest line;
  line.set_event(event);
  line.add_fields()->set_key(key);
  line.mutable_fields(0)->set_value(value);
  return line;
}

TEST(SecurityShares, AlarmsAreSummedUpOnceAnHourTheRestWhenAsked) {
  SecurityShares shares;
  const SecurityKind* const alarm = FindSecurityKind(ROLE_BANK, "ledger-fault");
  const SecurityKind* const other = FindSecurityKind(ROLE_APP, "cross-site-post");
  ASSERT_TRUE(alarm && other);
  for (int i = 0; i < 100; ++i) {
    shares.Take(ROLE_BANK, alarm, About("ledger-fault", "what", "sum"), 0);
    shares.Take(ROLE_APP, other, About("cross-site-post", "address", "192.0.2.1"), 0);
  }
  EXPECT_TRUE(shares.counting());
  const auto is_hourly = [](const SecurityShares::Counted& counted) {
    return counted.file != SecurityShares::File::kSecurity;
  };
  const auto minute = shares.TakeSummaries(kPeriod, false);
  EXPECT_EQ(minute.size(), 2u);
  EXPECT_TRUE(std::ranges::none_of(minute, is_hourly));
  EXPECT_TRUE(shares.counting());
  const auto hour = shares.TakeSummaries(60 * kPeriod, false);
  ASSERT_EQ(hour.size(), 3u);  // both kinds for audit.log, and the alarm for alarms.log
  for (const SecurityShares::Counted& each : hour) {
    EXPECT_TRUE(is_hourly(each));
    const bool is_alarm = each.file == SecurityShares::File::kAlarms;
    EXPECT_EQ(each.summary.named.at(0).lines,
              100 - (is_alarm ? SecurityShares::kAlarmLinesOfOne : alarm->sealed_of_one));
  }
  EXPECT_FALSE(shares.counting());
}

TEST(SecurityShares, KindsARoleMakesUpShareWhatOneKindHas) {
  SecurityShares shares;
  int written = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string event = "made-up-" + std::to_string(i);
    const SecurityShares::Files files =
        shares.Take(ROLE_APP, FindSecurityKind(ROLE_APP, event), About(event, "", ""), 0);
    EXPECT_FALSE(files.alarms);
    written += files.security;
  }
  EXPECT_EQ(written, 200);
  EXPECT_TRUE(shares.Take(ROLE_BANK, nullptr, About("made-up", "", ""), 0).security)
      << "another role has its own share";
}

TEST(SecurityShares, AnAddressIsItsSlash64AndAMemberGoesBeforeAnAddress) {
  const SecurityKind* const kind = FindSecurityKind(ROLE_APP, "cross-site-post");
  EXPECT_EQ(PrincipalOf(kind, About("cross-site-post", "address", "2001:db8::1")),
            PrincipalOf(kind, About("cross-site-post", "address", "2001:db8::2")));
  AccessRequest::Entry entry;
  entry.set_address("192.0.2.1");
  const std::string without = PrincipalOf(entry);
  entry.set_member("ann");
  EXPECT_NE(PrincipalOf(entry), without);
}

}  // namespace
}  // namespace zoobar
