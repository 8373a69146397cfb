#include "ctl/command_line.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "ctl/fixture.h"

namespace zoobar {
namespace {

using CtlTest = CtlFixture;

// Answers `verify`.
class Bank {
 public:
  Bank() { service_.Handle(&Bank::Verify, this); }
  Task<Result<Outgoing<VerifyReply>>> Verify(Incoming<VerifyRequest>) { co_return reply; }
  const Service& service() const { return service_; }
  VerifyReply reply;

 private:
  Service service_;
};

// Answers `log`.
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

// profile and sandbox. They know only alice.
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
  EXPECT_EQ(Ctl("status"), kCtlRefused);
  EXPECT_EQ(err(), "zoobar ctl: no master runs on " + state_ + "\n");
  EXPECT_EQ(out(), "");
  state_ += "/none";
  EXPECT_EQ(Ctl("status"), kCtlRefused);
  EXPECT_EQ(err(), "zoobar ctl: no master runs on " + state_ + "\n");
  state_.resize(state_.size() - 5);
}

TEST_F(CtlTest, AnUnknownCommandIsAUsageError) {
  Make();
  EXPECT_EQ(Ctl("explode"), kCtlUsage);
  EXPECT_EQ(out(), "");
}

TEST_F(CtlTest, AWrongSecretStopsEverything) {
  Make();
  WriteSecret("wrong\n");
  for (const char* command : {"shutdown", "status"}) {
    EXPECT_EQ(Ctl(command), kCtlRefused);
    EXPECT_EQ(out(), "");
    EXPECT_EQ(err(), "zoobar ctl: refused: wrong operator secret\n");
  }
  EXPECT_TRUE(site_.told.empty());
}

TEST_F(CtlTest, ReloadSaysWhatCameOfIt) {
  Make();
  EXPECT_EQ(Ctl("reload"), kCtlOk);
  EXPECT_EQ(out(), "Reloaded.\n");
  reload_.set_needs_restart(true);
  EXPECT_EQ(Ctl("reload"), kCtlOk);
  EXPECT_NE(out().find("need a restart of the site"), std::string::npos);
  reload_.set_refused("zoobar.textproto:3:1: no field \x1B[2J");
  EXPECT_EQ(Ctl("reload"), kCtlBad);
  EXPECT_EQ(err(), "zoobar ctl: not reloaded, nothing changed: zoobar.textproto:3:1: no field ?[2J\n");
}

TEST_F(CtlTest, OneNewlineOfTheSecretFileIsIgnoredAndNothingElse) {
  Make();
  WriteSecret(std::string(kOperatorSecret));
  EXPECT_EQ(Ctl("reload"), kCtlOk);
  for (const char* wrong : {"\n\n", " \n", "\r\n"}) {
    WriteSecret(std::string(kOperatorSecret) + wrong);
    EXPECT_EQ(Ctl("reload"), kCtlRefused);
  }
  EXPECT_EQ(site_.told.size(), 1u);
}

TEST_F(CtlTest, AMissingOrEmptySecretFileStopsBeforeAnythingIsSent) {
  Make();
  WriteSecret("\n");
  EXPECT_EQ(Ctl("status"), kCtlRefused);
  EXPECT_NE(err().find("the secret is empty"), std::string::npos);
  secret_file_ = state_ + "/none";
  EXPECT_EQ(Ctl("status"), kCtlRefused);
  EXPECT_NE(err().find("none: No such file"), std::string::npos);
  EXPECT_EQ(out(), "");
}

TEST_F(CtlTest, AMasterThatClosesTheConnectionIsARefusal) {
  // Nobody accepts the connection. It is still in the listener's queue when the listener is closed.
  Fd listener = site_.TakePassed("control-listener");
  std::thread closer([&] {
    pollfd waiting{listener.get(), POLLIN, 0};
    poll(&waiting, 1, -1);
    listener.Close();
  });
  EXPECT_EQ(Ctl("status"), kCtlRefused);
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
  EXPECT_EQ(Ctl("status"), kCtlOk);
  EXPECT_NE(out().find("all answer"), std::string::npos) << out();
  EXPECT_NE(out().find("master  0  4242  61000"), std::string::npos) << out();
  roster.add_entries()->set_role(ROLE_BANK);
  admin_->RosterChanged(roster);
  EXPECT_EQ(Ctl("status"), kCtlBad);
  EXPECT_NE(out().find("1 DO NOT ANSWER"), std::string::npos) << out();
  EXPECT_EQ(Ctl("ps"), kCtlBad);
  EXPECT_NE(out().find("zoobar: bank"), std::string::npos) << out();
  EXPECT_EQ(Ctl("status", true), kCtlBad);
  EXPECT_NE(out().find("\"answers\": false"), std::string::npos) << out();
}

TEST_F(CtlTest, StatusIsBadNewsWhileARoleIsDegradedAndSaysWhy) {
  Make();
  Roster roster;
  Roster::Entry& entry = *roster.add_entries();
  entry.set_role(ROLE_MASTER);  // admin asks the master for no report
  entry.set_state("running");
  entry.set_degraded(true);
  entry.set_ends(7);
  entry.set_last_end("accused by app");
  admin_->RosterChanged(roster);
  EXPECT_EQ(Ctl("status"), kCtlBad);
  EXPECT_NE(out().find("\nDEGRADED: master 0 ended 7 times within 30 s; the last time: accused by app\n"),
            std::string::npos)
      << out();
  EXPECT_NE(out().find("running, degraded"), std::string::npos) << out();
  EXPECT_EQ(Ctl("status", true), kCtlBad);
  EXPECT_NE(out().find("\"degraded\": true"), std::string::npos) << out();
  EXPECT_NE(out().find("\"last_end\": \"accused by app\""), std::string::npos) << out();
  roster.mutable_entries(0)->set_degraded(false);
  admin_->RosterChanged(roster);
  EXPECT_EQ(Ctl("status"), kCtlOk);
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
  EXPECT_EQ(Ctl("verify"), kCtlOk);
  EXPECT_EQ(out(), "sound: 3 accounts, 0 journal entries; issued 30, held 30, set aside in open offers 0\n");
  bank.reply.set_sound(false);
  bank.reply.add_faults("account x holds 5, its journal says 4\x1B[0m");
  EXPECT_EQ(Ctl("verify"), kCtlBad);
  EXPECT_NE(out().find("UNSOUND"), std::string::npos);
  EXPECT_NE(out().find("its journal says 4\xEF\xBF\xBD[0m"), std::string::npos);
}

TEST_F(CtlTest, ARoleThatCannotBeAskedIsBadNewsNotARefusal) {
  Make();
  EXPECT_EQ(Ctl("verify"), kCtlBad);
  EXPECT_EQ(err(), "zoobar ctl: verify: no answer (see the log)\n");
}

TEST_F(CtlTest, LogLinesReachTheTerminalWithoutControls) {
  Make();
  Lines lines;
  site_.Connect(ROLE_ADMIN, ROLE_LOGGER, lines.service());
  EXPECT_EQ(Ctl("log"), kCtlOk);
  EXPECT_EQ(out(), "{\"event\":\"login\"}\n\xEF\xBF\xBD[2Jgone\n");
  EXPECT_EQ(lines.asked.which(), RecentRequest::WHICH_EVENTS);
  EXPECT_EQ(lines.asked.lines(), 20u);
}

TEST_F(CtlTest, AProgramIsPausedAndResumedByItsOwnersName) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, programs.service());
  EXPECT_EQ(Ctl("profile pause", false, "alice"), kCtlOk);
  EXPECT_TRUE(programs.paused);
  EXPECT_EQ(out(), "alice: paused\n");
  EXPECT_EQ(Ctl("profile resume", false, "alice"), kCtlOk);
  EXPECT_FALSE(programs.paused);
  EXPECT_EQ(out(), "alice: may run again; denials cleared\n");
}

TEST_F(CtlTest, ANameNobodyHasIsSaidAndIsBadNews) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, programs.service());
  for (const char* command : {"profile pause", "profile resume", "profile denials"}) {
    EXPECT_EQ(Ctl(command, false, "gh\x1Bost"), kCtlBad);
    EXPECT_EQ(err(), "zoobar ctl: there is no member \"gh\xEF\xBF\xBDost\"\n");
    EXPECT_EQ(out(), "");
  }
}

TEST_F(CtlTest, DenialsAreATableAfterHowTheProgramStands) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_PROFILE, programs.service());
  programs.denials.set_found(true);
  EXPECT_EQ(Ctl("profile denials", false, "alice"), kCtlOk);
  EXPECT_EQ(out(), "runs\nno denials\n");
  programs.denials.set_slowed(true);
  ProgramDenial& denial = *programs.denials.add_denials();
  denial.set_time_ms(1795362750000);
  denial.set_visitor("bob\x1B[2J");
  denial.set_call("socket");
  denial.set_count(12);
  EXPECT_EQ(Ctl("profile denials", false, "alice"), kCtlOk);
  EXPECT_EQ(out(),
            "slowed because of denials\n\n"
            "TIME                  VISITOR  CALL    COUNT\n"
            "2026-11-22T15:52:30Z  bob\xEF\xBF\xBD[2J  socket     12\n");
  EXPECT_EQ(Ctl("profile denials", true, "alice"), kCtlOk);
  EXPECT_NE(out().find("\"call\": \"socket\""), std::string::npos) << out();
}

TEST_F(CtlTest, ResetSandboxAsksSandbox) {
  Make();
  Programs programs;
  site_.Connect(ROLE_ADMIN, ROLE_SANDBOX, programs.service());
  EXPECT_EQ(Ctl("reset-sandbox"), kCtlOk);
  EXPECT_EQ(programs.resets, 1);
}

TEST_F(CtlTest, ShutdownComesBackWhenTheSiteIsGone) {
  Make();
  std::ostringstream out, err;
  const std::vector<std::string> words = Words("shutdown", false, "");
  std::atomic<bool> done = false;
  std::thread thread([&] {
    std::istringstream in;
    EXPECT_EQ(ExecuteCommandLine(words, {in, out, err}), kCtlOk);
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

}  // namespace
}  // namespace zoobar
