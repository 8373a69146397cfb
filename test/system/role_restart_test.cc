// `zoobar ctl role restart`, `role list`, `drain` and `top` on a live site, while members use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

class RoleRestartTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    site_ = std::make_unique<LiveSite>();
    ASSERT_TRUE(site_->Start()) << site_->Output();
  }
  static void TearDownTestSuite() { site_.reset(); }

  static std::unique_ptr<LiveSite> site_;
};

std::unique_ptr<LiveSite> RoleRestartTest::site_;

TEST_F(RoleRestartTest, PaymentsGoOnWhileBankIsRestartedAndNoneIsLost) {
  Browser payer = site_->NewMember("payer"), payee = site_->NewMember("payee");
  const long before = payee.Balance();
  ASSERT_GE(before, 0);
  const pid_t bank = site_->PidOf("bank");
  std::atomic<bool> restarted = false;
  Ended restart;
  std::thread operator_at_work([&] {
    restart = site_->Ctl({"role", "restart", "bank"});
    restarted = true;
  });
  // Pays one zoobar there and one back, so that nobody runs out of them, until some payments came after the restart.
  long sent = 0, unclear = 0;
  const auto pay = [&](Browser& from, const char* to) {
    const Answer answer = from.Pay(to, "1");
    if (answer.Has("Sent 1 zoobar")) {
      ++sent;
    } else {
      ++unclear;
      ADD_FAILURE() << answer.status << " " << answer.body.substr(0, 2000);
    }
  };
  for (int after = 0; after < 5;) {
    pay(payer, "payee");
    pay(payee, "payer");
    after += restarted ? 1 : 0;
  }
  operator_at_work.join();
  EXPECT_EQ(restart.status, 0) << restart.output;
  EXPECT_THAT(restart.output, HasSubstr("bank 0: restarted in "));
  EXPECT_NE(site_->PidOf("bank"), bank);
  EXPECT_EQ(payee.BalanceInTime(), before);
  std::cout << sent << " payments while bank was restarted\n";
  const Ended verified = site_->Ctl({"verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
  // It was no crash.
  EXPECT_THAT(site_->Ctl({"status"}).output, Not(HasSubstr("DEGRADED")));
  EXPECT_TRUE(Eventually([] { return site_->Log("events").find("\"control-restart\"") != std::string::npos; }));
  EXPECT_THAT(site_->Log("events"), AllOf(HasSubstr("\"restarting\""), Not(HasSubstr("\"event\":\"died\""))));
  // Asked again at once, it is refused.
  const Ended again = site_->Ctl({"role", "restart", "bank"});
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_THAT(again.output, HasSubstr("at least 10 s must pass between two restarts"));
}

TEST_F(RoleRestartTest, EveryRoleCanBeRestartedAndThePagesGoOn) {
  Browser member = site_->NewMember("of the restarts");
  for (const char* role : {"app", "login", "dispatcher", "auth", "honeychecker", "profile", "sandbox", "sanitizer",
                           "static", "echo", "logger", "keys", "admin"}) {
    const pid_t before = site_->PidOf(role);
    const auto began = Clock::now();
    const Ended ended = site_->Ctl({"role", "restart", role});
    EXPECT_EQ(ended.status, 0) << role << ": " << ended.output;
    EXPECT_TRUE(site_->Restarted(role, before)) << role;
    EXPECT_GE(member.BalanceInTime(), 0) << "after " << role;
    std::cout << role << ": " << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count()
              << " ms\n";
  }
  EXPECT_TRUE(Eventually([] { return site_->Ctl({"status"}).status == 0; })) << site_->Ctl({"status"}).output;
  EXPECT_THAT(site_->Log("security"), Not(HasSubstr("role-degraded")));
}

TEST_F(RoleRestartTest, WhatCannotBeRestartedIsSaid) {
  const Ended master = site_->Ctl({"role", "restart", "master"});
  EXPECT_EQ(master.status, 2);
  EXPECT_THAT(master.output, HasSubstr("there is no role \"master\""));
  EXPECT_THAT(site_->Ctl({"role", "restart", "bnk"}).output, HasSubstr("did you mean: bank"));
  const Ended seventh = site_->Ctl({"role", "restart", "bank", "--instance", "7"});
  EXPECT_EQ(seventh.status, 2);
  EXPECT_THAT(seventh.output, HasSubstr("bank has no instance 7"));
}

TEST_F(RoleRestartTest, TheListHasEachProcess) {
  const Ended list = site_->Ctl({"role", "list"});
  EXPECT_EQ(list.status, 0) << list.output;
  EXPECT_THAT(list.output, AllOf(HasSubstr("ROLE"), HasSubstr("bank "), HasSubstr("sanitizer "), HasSubstr("master ")));
  EXPECT_THAT(list.output, HasSubstr(std::to_string(site_->PidOf("bank"))));
  EXPECT_THAT(site_->Ctl({"role", "list", "--json"}).output, HasSubstr("\"starts\":"));
}

TEST_F(RoleRestartTest, TopPrintsBlocksAndReadsTheKernelsFigures) {
  const Ended top = site_->Ctl({"top", "--interval", "0.2", "-n", "2"});
  EXPECT_EQ(top.status, 0) << top.output;
  EXPECT_THAT(top.output, AllOf(HasSubstr("requests/s -"), HasSubstr("requests/s 0.0"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(site_->Ctl({"top", "--interval", "0.01"}).status, 2);
}

TEST_F(RoleRestartTest, ProfileShowSaysWhatIsKnownOfIt) {
  Browser member = site_->NewMember("shown");
  EXPECT_EQ(site_->Ctl({"profile", "show", "shown"}).output, "no profile\n");
  ASSERT_EQ(member.Save("<b>hello</b>").status, 200);
  EXPECT_THAT(site_->Ctl({"profile", "show", "shown"}).output, testing::StartsWith("HTML, 12 bytes, saved 2"));
  ASSERT_EQ(member.Save("#!python\nprint(6 * 7)\n").status, 200);
  EXPECT_THAT(site_->Ctl({"profile", "show", "shown"}).output, HasSubstr("last run: none since"));
  EXPECT_TRUE(member.Look("shown").Has("42"));
  Ended shown;
  EXPECT_TRUE(Eventually([&] {
    shown = site_->Ctl({"profile", "show", "shown"});
    return shown.output.find("it ended by itself") != std::string::npos;
  })) << shown.output;
  EXPECT_THAT(shown.output, AllOf(testing::StartsWith("program, 22 bytes"), HasSubstr("\nruns\ndenials: 0; files: 0")));
  EXPECT_EQ(site_->Ctl({"profile", "pause", "shown"}).status, 0);
  EXPECT_THAT(site_->Ctl({"profile", "show", "shown"}).output, HasSubstr("paused by the operator\n"));
  EXPECT_EQ(site_->Ctl({"profile", "show", "nobody"}).status, 1);
}

TEST_F(RoleRestartTest, DoctorSaysThatASiteRunsAndChecksBesideIt) {
  const Ended doctor =
      Execute({"doctor", "--config=" + site_->config, "--state-dir=" + site_->state(),
               "--listen=" + site_->Addresses().at(0), "--set=id_base: " + std::to_string(site_->id_base())});
  EXPECT_THAT(doctor.output,
              HasSubstr("process " + std::to_string(site_->master()) + " serves " + site_->Addresses().at(0)));
  EXPECT_THAT(doctor.output, Not(HasSubstr("held by another zoobar")));
  EXPECT_THAT(doctor.output, HasSubstr("a site runs on this state directory already"));
  EXPECT_EQ(doctor.status, 0) << doctor.output;
  const Ended other = Execute({"doctor", "--config=" + site_->config, "--state-dir=" + site_->state(),
                               "--listen=127.0.0.1:1", "--set=id_base: " + std::to_string(site_->id_base())});
  EXPECT_THAT(other.output, HasSubstr("it does not listen on 127.0.0.1:1"));
}

// A request whose body comes only after the site was told to drain.
TEST_F(RoleRestartTest, ADrainFinishesWhatIsInFlightRefusesOthersAndIsTakenBack) {
  Browser busy = site_->NewMember("busy"), idle = site_->NewMember("idle");
  ASSERT_GE(idle.Balance(), 0);
  ASSERT_EQ(busy.Save("#!python\nimport time\ntime.sleep(2)\nprint('slept', 6 * 7)\n").status, 200);
  Answer slow;
  std::thread visitor([&] { slow = busy.Look("busy"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  EXPECT_EQ(site_->Ctl({"drain", "--no-wait"}).status, 0);
  EXPECT_TRUE(Eventually([] { return site_->Ctl({"status"}).output.find("DRAINING") != std::string::npos; }));
  EXPECT_EQ(site_->Ctl({"status"}).status, 1);
  const Answer refused = site_->NewBrowser().Get("/zoobar/index.cgi/login");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Field("Retry-After"), "60");
  const Ended drained = site_->Ctl({"drain"});
  EXPECT_EQ(drained.status, 0) << drained.output;
  EXPECT_THAT(drained.output, HasSubstr("none is in flight"));
  visitor.join();
  EXPECT_TRUE(slow.Has("slept 42")) << slow.status << slow.body.substr(0, 500);
  EXPECT_THAT(site_->Ctl({"role", "restart", "app"}).output, HasSubstr("the site is draining"));
  // The next process of a front role drains too.
  const pid_t dispatcher = site_->PidOf("dispatcher");
  ASSERT_EQ(kill(dispatcher, SIGKILL), 0);
  EXPECT_TRUE(site_->Restarted("dispatcher", dispatcher));
  EXPECT_TRUE(Eventually([] { return site_->NewBrowser().Get("/zoobar/index.cgi/login").status == 503; }));
  EXPECT_EQ(site_->Ctl({"drain"}).status, 0);

  const Ended off = site_->Ctl({"drain", "--off"});
  EXPECT_EQ(off.status, 0) << off.output;
  EXPECT_TRUE(site_->Answers());
  EXPECT_GE(idle.BalanceInTime(), 0) << "sessions are kept";
  EXPECT_TRUE(Eventually([] { return site_->Ctl({"status"}).status == 0; })) << site_->Ctl({"status"}).output;
}

TEST(DrainTest, ADrainedSiteStopsAtOnce) {
  LiveSite site;
  ASSERT_TRUE(site.Start()) << site.Output();
  ASSERT_EQ(site.Ctl({"drain"}).status, 0);
  const auto began = Clock::now();
  EXPECT_EQ(site.Ctl({"shutdown"}).status, 0);
  EXPECT_EQ(site.WaitForExit(), 0);
  EXPECT_LT(Clock::now() - began, std::chrono::seconds(8)) << "it waited for drain_seconds";
  EXPECT_THAT(site.Output(), Not(HasSubstr("drain-limit")));
}

}  // namespace
}  // namespace zoobar
