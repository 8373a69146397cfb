#include "operator/ctl_print.h"

#include <gtest/gtest.h>

#include <sstream>

#include "site/counters.h"

namespace zoobar {
namespace {

TEST(CtlPrint, DurationsAreShort) {
  EXPECT_EQ(Duration(-5), "0.0s");
  EXPECT_EQ(Duration(4299), "4.2s");
  EXPECT_EQ(Duration(429000), "7m 09s");
  EXPECT_EQ(Duration(7500000), "2h 05m");
  EXPECT_EQ(Duration(273600000), "3d 04h");
}

TEST(CtlPrint, StatusEndsWithWhatRolesCount) {
  StatusReply status;
  StatusReply::Member& member = *status.add_roles();
  member.set_answers(true);
  member.mutable_entry()->set_role(ROLE_BANK);
  const auto add = [&member](const char* name, std::int64_t value) {
    ReportReply::Counter& counter = *member.mutable_report()->add_counters();
    counter.set_name(name);
    counter.set_value(value);
  };
  add("transfers", 12);
  add("calls.app.Bank.Transfer", 13);
  add("refused\n", 1);
  std::ostringstream out;
  PrintStatus(status, out);
  EXPECT_TRUE(out.str().ends_with("\nbank 0: transfers 12, refused\xEF\xBF\xBD 1\n")) << out.str();
}

TEST(CtlPrint, StatusSaysAtTheTopThatAnyPasswordIsAccepted) {
  StatusReply status;
  StatusReply::Member& member = *status.add_roles();
  member.set_answers(true);
  member.mutable_entry()->set_role(ROLE_AUTH);
  ReportReply::Counter& counter = *member.mutable_report()->add_counters();
  counter.set_name(std::string(kCourseGradersCounter));
  for (const std::int64_t accepted : {0, 1}) {
    counter.set_value(accepted);
    std::ostringstream out;
    PrintStatus(status, out);
    EXPECT_EQ(out.str().find("\nANY NEW PASSWORD IS ACCEPTED") != std::string::npos, accepted == 1) << out.str();
  }
}

TEST(CtlPrint, QueuesAreATableAndNotRepeatedBelowIt) {
  StatusReply status;
  const auto add_role = [&status](Role role, std::uint32_t instance) {
    StatusReply::Member& member = *status.add_roles();
    member.set_answers(true);
    member.mutable_entry()->set_role(role);
    member.mutable_entry()->set_instance(instance);
    return member.mutable_report();
  };
  const auto add = [](ReportReply* report, std::string name, std::int64_t value) {
    ReportReply::Counter& counter = *report->add_counters();
    counter.set_name(std::move(name));
    counter.set_value(value);
  };
  ReportReply* app = add_role(ROLE_APP, 1);
  std::int64_t value = 0;
  for (const char* figure : {"running", "waiting", "principals", "most_waiting", "granted", "refused.share",
                             "refused.full", "refused.late", "given_up"})
    add(app, std::string("queue.pages.") + figure, ++value);
  add(app, "queue.pages.mean_us", 2500);
  add(app, "requests", 7);
  ReportReply* profile = add_role(ROLE_PROFILE, 0);
  add(profile, "queue.sanitizer.waiting", 4);
  add(profile, "queue.runs.slow.waiting", 5);
  add(profile, "queue.runs.slow.mean_us", 1'234'567);
  add(profile, "queue.waiting", 1);          // no name
  add(profile, "queue.runs.some_other", 2);  // not a figure of a queue
  std::ostringstream out;
  PrintStatus(status, out);
  const std::string text = out.str();
  const std::size_t table = text.find("QUEUE");
  ASSERT_NE(table, std::string::npos);
  EXPECT_EQ(text.substr(table),
            "QUEUE              #  RUNNING  WAITING  CALLERS  MOST  SERVED  OVER SHARE  FULL  LATE  GIVEN UP    MEAN\n"
            "app pages          1        1        2        3     4       5           6     7     8         9  2500us\n"
            "profile runs.slow  0        -        5        -     -       -           -     -     -         -  1234ms\n"
            "profile sanitizer  0        -        4        -     -       -           -     -     -         -       -\n"
            "\n"
            "app 1: requests 7\n"
            "profile 0: queue.waiting 1, queue.runs.some_other 2\n");
}

TEST(CtlPrint, StatusSaysFirstThatProgramsAreNotRun) {
  StatusReply status;
  StatusReply::Member& member = *status.add_roles();
  member.set_answers(true);
  member.mutable_entry()->set_role(ROLE_PROFILE);
  ReportReply::Counter& counter = *member.mutable_report()->add_counters();
  counter.set_name(std::string(kWallsBrokenCounter));
  EXPECT_FALSE(WallsAreBroken(status));
  counter.set_value(1);
  EXPECT_TRUE(WallsAreBroken(status));
  std::ostringstream out;
  PrintStatus(status, out);
  EXPECT_NE(out.str().find("\nPROGRAMS ARE NOT RUN: "), std::string::npos) << out.str();
  member.mutable_entry()->set_role(ROLE_ECHO);
  EXPECT_FALSE(WallsAreBroken(status)) << "only profile may say so";
}

TEST(CtlPrint, APauseSaysUntilWhen) {
  DenialsReply denials;
  denials.set_paused_until_ms(1795362750000);
  const auto first_line = [&denials](std::int64_t now_ms) {
    std::ostringstream out;
    PrintDenials(denials, now_ms, out);
    return out.str().substr(0, out.str().find('\n'));
  };
  EXPECT_EQ(first_line(1795362750000 - 429000),
            "paused until 2026-11-22T15:52:30Z (for 7m 09s more) because of denials");
  EXPECT_EQ(first_line(1795362750000), "runs");
  denials.set_paused(true);
  EXPECT_EQ(first_line(1795362750000), "paused by the operator");
}

TEST(CtlPrint, ACorrectionSaysWhoGivesWhatBack) {
  CorrectionAnswer correction;
  correction.set_entry(45);
  correction.set_corrects(12);
  correction.set_from("al\x1B[2Jice");
  correction.set_to("bob");
  correction.set_zoobars(10);
  std::ostringstream out;
  PrintCorrection(correction, out);
  EXPECT_EQ(out.str(), "Entry 45 corrects entry 12: al\xEF\xBF\xBD[2Jice gives 10 zoobars back to bob.\n");
}

TEST(CtlPrint, VerifiedSaysWhatIsInOpenOffers) {
  VerifyReply verified;
  verified.set_sound(true);
  verified.set_accounts(2);
  verified.set_entries(3);
  verified.set_issued(20);
  verified.set_held(17);
  verified.set_offered(3);
  std::ostringstream out;
  PrintVerified(verified, out);
  EXPECT_EQ(out.str(), "sound: 2 accounts, 3 journal entries; issued 20, held 17, set aside in open offers 3\n");
}

TEST(CtlPrint, ColumnsAreAligned) {
  std::ostringstream out;
  PrintTable({"NAME", ">PID"}, {{"a", "12345"}, {"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", "1"}}, out);
  EXPECT_EQ(out.str(), "NAME     PID\na      12345\n\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9      1\n");
}

}  // namespace
}  // namespace zoobar
