#include "operator/ctl.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "operator/ctl_print.h"
#include "roles/admin/fixture.h"
#include "roles/profile/canary.h"

namespace zoobar {
namespace {

class CtlTest : public AdminFixture {
 protected:
  // Runs `zoobar ctl` on a thread of its own, as the other process it is, while the site serves here.
  int Run(const std::string& command, bool json = false, const std::string& member = "") {
    CtlOptions options;
    options.command = command;
    options.member = member;
    options.state_dir = state_;
    options.secret_file = secret_file_;
    options.json = json;
    out_.str("");
    err_.str("");
    int status = -1;
    const Fd done(eventfd(0, EFD_CLOEXEC));
    std::thread thread([&] {
      status = RunCtl(options, out_, err_);
      eventfd_write(done.get(), 1);
    });
    {
      Watch end(site_.loop(), done.get(), [this](int) { site_.loop().Stop(); });
      end.Set(UV_READABLE);
      site_.loop().Run();
    }
    thread.join();
    Turns();
    return status;
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  std::string secret_file_;

 private:
  std::ostringstream out_, err_;
};

// What a bank answers to `verify`.
class Bank {
 public:
  Bank() { service_.Handle(&Bank::Verify, this); }
  Task<Result<Outgoing<VerifyReply>>> Verify(Incoming<VerifyRequest>) { co_return reply; }
  const Service& service() const { return service_; }
  VerifyReply reply;

 private:
  Service service_;
};

// What a logger answers to `log`.
class Lines {
 public:
  Lines() { service_.Handle(&Lines::Recent, this); }
  Task<Result<Outgoing<RecentReply>>> Recent(Incoming<RecentRequest> call) {
    asked = call.message;
    RecentReply reply;
    reply.add_lines("{\"event\":\"login\"}");
    reply.add_lines("\x1B[2Jgone");
    co_return reply;
  }
  const Service& service() const { return service_; }
  RecentRequest asked;

 private:
  Service service_;
};

// What profile and sandbox answer: they know alice.
class Programs {
 public:
  Programs() {
    service_.Handle(&Programs::Pause, this);
    service_.Handle(&Programs::Denials, this);
    service_.Handle(&Programs::Reset, this);
  }
  Task<Result<Outgoing<PauseReply>>> Pause(Incoming<PauseRequest> call) {
    PauseReply reply;
    reply.set_found(call.message.name() == "alice");
    if (reply.found()) paused = call.message.pause();
    co_return reply;
  }
  Task<Result<Outgoing<DenialsReply>>> Denials(Incoming<DenialsRequest> call) {
    if (call.message.name() != "alice") co_return DenialsReply();
    co_return denials;
  }
  Task<Result<Outgoing<ResetReply>>> Reset(Incoming<ResetRequest>) {
    ++resets;
    co_return ResetReply();
  }
  const Service& service() const { return service_; }
  bool paused = false;
  int resets = 0;
  DenialsReply denials;

 private:
  Service service_;
};

TEST_F(CtlTest, WithoutAMasterOneLineSaysSo) {
  site_.passed.clear();
  EXPECT_EQ(Run("status"), kCtlRefused);
  EXPECT_EQ(err(), "zoobar ctl: no master runs on " + state_ + "\n");
  EXPECT_EQ(out(), "");
  state_ += "/none";
  EXPECT_EQ(Run("status"), kCtlRefused);
  EXPECT_EQ(err(), "zoobar ctl: no master runs on " + state_ + "\n");
  state_.resize(state_.size() - 5);
}

TEST_F(CtlTest, AnUnknownCommandIsAUsageError) {
  Make();
  EXPECT_EQ(Run("explode"), kCtlUsage);
  EXPECT_EQ(out(), "");
}

TEST_F(CtlTest, AWrongSecretStopsEverything) {
  Make();
  WriteSecret("wrong\n");
  for (const char* command : {"shutdown", "status"}) {
    EXPECT_EQ(Run(command), kCtlRefused);
    EXPECT_EQ(out(), "");
    EXPECT_EQ(err(), "zoobar ctl: refused: wrong operator secret\n");
  }
  EXPECT_TRUE(site_.told.empty());
}

TEST_F(CtlTest, OneNewlineOfTheSecretFileIsIgnoredAndNothingElse) {
  Make();
  WriteSecret(std::string(kOperatorSecret));
  EXPECT_EQ(Run("reload"), kCtlOk);
  for (const char* wrong : {"\n\n", " \n", "\r\n"}) {
    WriteSecret(std::string(kOperatorSecret) + wrong);
    EXPECT_EQ(Run("reload"), kCtlRefused);
  }
  EXPECT_EQ(site_.told.size(), 1u);
}

TEST_F(CtlTest, AMissingOrEmptySecretFileStopsBeforeAnythingIsSent) {
  Make();
  WriteSecret("\n");
  EXPECT_EQ(Run("status"), kCtlRefused);
  EXPECT_NE(err().find("not an operator secret"), std::string::npos);
  secret_file_ = state_ + "/none";
  EXPECT_EQ(Run("status"), kCtlRefused);
  EXPECT_NE(err().find("none: No such file"), std::string::npos);
  EXPECT_EQ(out(), "");
}

TEST_F(CtlTest, AMasterThatClosesTheConnectionIsARefusal) {
  // Nobody serves the listener: it goes away with the connection in its queue.
  Fd listener = site_.TakePassed("control-listener");
  std::thread closer([&] {
    pollfd waiting{listener.get(), POLLIN, 0};
    poll(&waiting, 1, -1);
    listener.Close();
  });
  EXPECT_EQ(Run("status"), kCtlRefused);
  closer.join();
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(), "zoobar ctl: refused: the master closed the connection\n");
}

TEST_F(CtlTest, StatusIsBadNewsWhenARoleDoesNotAnswer) {
  Make();
  Roster roster;
  Roster::Entry& entry = *roster.add_entries();
  entry.set_role(ROLE_MASTER);
  entry.set_pid(4242);
  entry.set_uid(61000);
  entry.set_state("running");
  admin_->RosterChanged(roster);
  EXPECT_EQ(Run("status"), kCtlOk);
  EXPECT_NE(out().find("all answer"), std::string::npos) << out();
  EXPECT_NE(out().find("master  0  4242  61000"), std::string::npos) << out();
  roster.add_entries()->set_role(ROLE_BANK);
  admin_->RosterChanged(roster);
  EXPECT_EQ(Run("status"), kCtlBad);
  EXPECT_NE(out().find("1 DO NOT ANSWER"), std::string::npos) << out();
  EXPECT_EQ(Run("ps"), kCtlBad);
  EXPECT_NE(out().find("zoobar: bank"), std::string::npos) << out();
  EXPECT_EQ(Run("status", true), kCtlBad);
  EXPECT_NE(out().find("\"answers\": false"), std::string::npos) << out();
}

TEST_F(CtlTest, StatusIsBadNewsWhileARoleIsDegradedAndSaysWhy) {
  Make();
  Roster roster;
  Roster::Entry& entry = *roster.add_entries();
  entry.set_role(ROLE_MASTER);  // of which no report is asked
  entry.set_state("running");
  entry.set_degraded(true);
  entry.set_ends(7);
  entry.set_last_end("accused by app");
  admin_->RosterChanged(roster);
  EXPECT_EQ(Run("status"), kCtlBad);
  EXPECT_NE(out().find("\nDEGRADED: master 0 ended 7 times within 30 s; the last time: accused by app\n"),
            std::string::npos)
      << out();
  EXPECT_NE(out().find("running, degraded"), std::string::npos) << out();
  EXPECT_EQ(Run("status", true), kCtlBad);
  EXPECT_NE(out().find("\"degraded\": true"), std::string::npos) << out();
  EXPECT_NE(out().find("\"last_end\": \"accused by app\""), std::string::npos) << out();
  roster.mutable_entries(0)->set_degraded(false);
  admin_->RosterChanged(roster);
  EXPECT_EQ(Run("status"), kCtlOk);
  EXPECT_EQ(out().find("egraded"), std::string::npos) << out();
}

TEST_F(CtlTest, VerifySaysWhetherTheBankIsSound) {
  Make();
  Bank bank;
  site_.Connect(ROLE_ADMIN, ROLE_BANK, bank.service());
  bank.reply.set_sound(true);
  bank.reply.set_accounts(3);
  bank.reply.set_issued(30);
  bank.reply.set_held(30);
  EXPECT_EQ(Run("verify"), kCtlOk);
  EXPECT_EQ(out(), "sound: 3 accounts, 0 journal entries; issued 30, held 30\n");
  bank.reply.set_sound(false);
  bank.reply.add_faults("account x holds 5, its journal says 4\x1B[0m");
  EXPECT_EQ(Run("verify"), kCtlBad);
  EXPECT_NE(out().find("UNSOUND"), std::string::npos);
  EXPECT_NE(out().find("its journal says 4\xEF\xBF\xBD[0m"), std::string::npos);
}

TEST_F(CtlTest, ARoleThatCannotBeAskedIsBadNewsNotARefusal) {
  Make();
  EXPECT_EQ(Run("verify"), kCtlBad);
  EXPECT_EQ(err(), "zoobar ctl: verify: no answer (see the log)\n");
}

TEST_F(CtlTest, LogLinesReachTheTerminalWithoutControls) {
  Make();
  Lines lines;
  site_.Connect(ROLE_ADMIN, ROLE_LOGGER, lines.service());
  EXPECT_EQ(Run("log"), kCtlOk);
  EXPECT_EQ(out(), "{\"event\":\"login\"}\n\xEF\xBF\xBD[2Jgone\n");
  EXPECT_EQ(lines.asked.which(), RecentRequest::WHICH_EVENTS);
  EXPECT_EQ(lines.asked.lines(), 20u);
}

TEST_F(CtlTest, AProgramIsPausedAndResumedByItsOwnersName) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, programs.service());
  EXPECT_EQ(Run("profile pause", false, "alice"), kCtlOk);
  EXPECT_TRUE(programs.paused);
  EXPECT_EQ(out(), "alice: paused\n");
  EXPECT_EQ(Run("profile resume", false, "alice"), kCtlOk);
  EXPECT_FALSE(programs.paused);
  EXPECT_EQ(out(), "alice: may run again; what it tried is forgiven\n");
}

TEST_F(CtlTest, ANameNobodyHasIsSaidAndIsBadNews) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, programs.service());
  for (const char* command : {"profile pause", "profile resume", "profile denials"}) {
    EXPECT_EQ(Run(command, false, "gh\x1Bost"), kCtlBad);
    EXPECT_EQ(err(), "zoobar ctl: nobody here has the name \"gh\xEF\xBF\xBDost\"\n");
    EXPECT_EQ(out(), "");
  }
}

TEST_F(CtlTest, DenialsAreATableAfterHowTheProgramStands) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, programs.service());
  programs.denials.set_found(true);
  EXPECT_EQ(Run("profile denials", false, "alice"), kCtlOk);
  EXPECT_EQ(out(), "runs\nnothing was denied\n");
  programs.denials.set_slowed(true);
  ProgramDenial& denial = *programs.denials.add_denials();
  denial.set_time_ms(1795362750000);
  denial.set_visitor("bob\x1B[2J");
  denial.set_call("socket");
  denial.set_count(12);
  EXPECT_EQ(Run("profile denials", false, "alice"), kCtlOk);
  EXPECT_EQ(out(),
            "slowed for what it tried\n\n"
            "TIME                  VISITOR  CALL    COUNT\n"
            "2026-11-22T15:52:30Z  bob\xEF\xBF\xBD[2J  socket     12\n");
  EXPECT_EQ(Run("profile denials", true, "alice"), kCtlOk);
  EXPECT_NE(out().find("\"call\": \"socket\""), std::string::npos) << out();
}

TEST_F(CtlTest, ResetSandboxAsksSandbox) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_SANDBOX, programs.service());
  EXPECT_EQ(Run("reset-sandbox"), kCtlOk);
  EXPECT_EQ(programs.resets, 1);
}

TEST_F(CtlTest, ShutdownComesBackWhenTheSiteIsGone) {
  Make();
  std::ostringstream out, err;
  CtlOptions options;
  options.command = "shutdown";
  options.state_dir = state_;
  std::atomic<bool> done = false;
  std::thread thread([&] {
    EXPECT_EQ(RunCtl(options, out, err), kCtlOk);
    done = true;
  });
  site_.RunUntil([&] { return !site_.told.empty(); });
  Turns();
  EXPECT_FALSE(done);
  admin_.reset();
  Turns();
  thread.join();
  EXPECT_EQ(out.str(), "stopped\n");
}

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
  add(profile, "queue.runs.some_other", 2);  // no figure of a queue's
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
  EXPECT_FALSE(WallsAreBroken(status)) << "profile alone may say so";
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
            "paused until 2026-11-22T15:52:30Z, for 7m 09s more, for what it tried");
  EXPECT_EQ(first_line(1795362750000), "runs");
  denials.set_paused(true);
  EXPECT_EQ(first_line(1795362750000), "paused by the operator");
}

TEST(CtlPrint, ColumnsAreAligned) {
  std::ostringstream out;
  PrintTable({"NAME", ">PID"}, {{"a", "12345"}, {"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", "1"}}, out);
  EXPECT_EQ(out.str(), "NAME     PID\na      12345\n\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9      1\n");
}

}  // namespace
}  // namespace zoobar
