#include "operator/top.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

namespace zoobar {
namespace {

using testing::HasSubstr;

// A look at a site with one bank.
Look LookWith(std::int64_t us, std::int64_t calls, std::int64_t requests, std::uint64_t cpu_us, std::int32_t pid = 42) {
  Look look;
  look.us = us;
  look.status.set_version("1.2.3");
  StatusReply::Member& member = *look.status.add_roles();
  member.mutable_entry()->set_role(ROLE_BANK);
  member.mutable_entry()->set_pid(pid);
  member.mutable_entry()->set_starts(3);
  member.mutable_entry()->set_state("running");
  member.set_answers(true);
  const std::pair<const char*, std::int64_t> counters[] = {{"calls.app.Bank.Transfer", calls},
                                                           {"requests", requests},
                                                           {"queue.acts.waiting", 7},
                                                           {"queue.acts.granted", 99}};
  for (const auto& [name, value] : counters) {
    auto* counter = member.mutable_report()->add_counters();
    counter->set_name(name);
    counter->set_value(value);
  }
  look.use[pid] = {cpu_us, 12'300'000};
  return look;
}

std::string Printed(const Look& now, const Look* before) {
  std::ostringstream out;
  PrintTop(now, before, out);
  return out.str();
}

TEST(TopTest, FiguresPerSecondComeFromTwoLooks) {
  const Look before = LookWith(1'000'000, 100, 10, 500'000), now = LookWith(3'000'000, 300, 15, 1'000'000);
  EXPECT_EQ(Printed(now, &before),
            "zoobar 1.2.3: requests/s 2.5; all roles answer\n\n"
            "ROLE  #  PID  CPU%    MB  CALLS/S  QUEUED  RESTARTS  STATE\n"
            "bank  0   42  25.0  12.3    100.0       7         2  running\n");
}

TEST(TopTest, TheFirstLookAndANewProcessHaveNone) {
  const Look before = LookWith(1'000'000, 100, 10, 500'000), now = LookWith(3'000'000, 3, 15, 1000, 43);
  EXPECT_THAT(Printed(before, nullptr), HasSubstr("requests/s -;"));
  EXPECT_THAT(Printed(before, nullptr), HasSubstr("bank  0   42     -  12.3        -       7         2  running"));
  EXPECT_THAT(Printed(now, &before), HasSubstr("bank  0   43     -  12.3        -       7         2  running"));
}

TEST(TopTest, ASilentRoleAndADrainingSiteAreSaid) {
  Look look = LookWith(1, 1, 1, 1);
  look.status.mutable_roles(0)->set_answers(false);
  look.status.set_draining(true);
  EXPECT_THAT(Printed(look, nullptr), AllOf(HasSubstr("1 DO NOT ANSWER; DRAINING"), HasSubstr("DOES NOT ANSWER\n")));
}

TEST(TopTest, TheProcessesNameMayHoldBracketsAndBlanks) {
  const std::string fields = "S 1 1 1 0 -1 4194560 5 0 0 0 150 50 0 0 20 0 1 0 100 1000 25 18446744073709551615";
  const auto use = ParseProcessStat("42 (a) b (c) " + fields, 100, 4096);
  ASSERT_TRUE(use);
  EXPECT_EQ(use->cpu_us, 2'000'000u);
  EXPECT_EQ(use->rss_bytes, 25u * 4096);
  EXPECT_FALSE(ParseProcessStat("42 (a", 100, 4096));
  EXPECT_FALSE(ParseProcessStat("42 (a) S 1 1", 100, 4096));
  EXPECT_FALSE(ParseProcessStat("", 100, 4096));
}

TEST(TopTest, ThisProcessUsesMemoryAndNoneHasNoProcess) {
  const auto use = ReadProcessUse(getpid());
  ASSERT_TRUE(use);
  EXPECT_GT(use->rss_bytes, 100'000u);
  EXPECT_FALSE(ReadProcessUse(0));
  EXPECT_FALSE(ReadProcessUse(-1));
}

}  // namespace
}  // namespace zoobar
