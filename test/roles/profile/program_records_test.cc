// What is recorded about programs: denials and offences, the operator's pauses, files and failures.
#include "roles/profile/programs.h"

#include <gmock/gmock.h>

#include "limits/programs.h"
#include "roles/profile/offences.h"
#include "roles/profile/programs_fixture.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ProgramRecordsTest = ProgramsFixture;

// --- Denials and offences (offences_test.cc has the rule) ---

TEST_F(ProgramRecordsTest, DenialsAreLoggedAndKeptForTheOwnerAlone) {
  Plays(PlayedRun{}.Denied("socket", 2).Denied("ptrace"));
  Show("bob");
  const auto events = site_->lines.Named("program-denied");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].security);
  EXPECT_EQ(events[0].fields.at("owner"), "alice");
  EXPECT_EQ(events[0].fields.at("visitor"), "bob");
  EXPECT_EQ(events[0].fields.at("call"), "socket");
  EXPECT_EQ(events[0].fields.at("count"), "2");
  EXPECT_EQ(events[0].fields.at("program").size(), 16u);
  const OwnReply own = Own();
  ASSERT_EQ(own.denials_size(), 2);
  EXPECT_EQ(own.denials(0).call(), "ptrace");
  EXPECT_EQ(own.denials(0).visitor(), "bob");
  EXPECT_EQ(own.denials(0).time_ms(), kProfileNow);
  EXPECT_EQ(Own("bob").denials_size(), 0);
  OwnRequest forged;
  *forged.mutable_ticket() = TicketOf("bob", kVisitMethod, VisitDigest(Member("alice")));
  EXPECT_TRUE(Ask<OwnReply>(app_, std::move(forged)).ticket_refused());
}

TEST_F(ProgramRecordsTest, TheLastDenialsAreKeptAndOutliveARestart) {
  for (int i = 0; i < 3; ++i) {
    PlayedRun run;
    for (int call = 0; call < 20; ++call) run.Denied(fmt::format("call{}", 20 * i + call));
    Plays(run);
    Show();
    Pause("alice", false);  // forgives the offences, so that the next run is not refused
  }
  Restart();
  const OwnReply own = Own();
  ASSERT_EQ(own.denials_size(), Programs::kDenialsKept);
  EXPECT_EQ(own.denials(0).call(), "call59");
  EXPECT_EQ(own.denials(Programs::kDenialsKept - 1).call(), "call10");
}

TEST_F(ProgramRecordsTest, WhoGoesOnTryingIsSlowedThenPausedAndSeesBoth) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  Show();
  EXPECT_TRUE(Own().state().slowed());
  int visits = 1;
  for (; Own().state().paused_until_ms() == 0 && visits < 20; ++visits) EXPECT_EQ(Show().run(), ShowReply::RUN_STOPPED);
  EXPECT_EQ(visits, 4);
  EXPECT_EQ(Own().state().paused_until_ms(), kProfileNow + Offences::kFirstPauseMs);
  const std::size_t ran = sandbox_.programs.size();
  for (const char* visitor : {"bob", "alice"}) EXPECT_EQ(Show(visitor).run(), ShowReply::RUN_PAUSED) << visitor;
  EXPECT_EQ(sandbox_.programs.size(), ran);
  EXPECT_EQ(Show("alice").state().paused_until_ms(), kProfileNow + Offences::kFirstPauseMs)
      << "the owner sees how long";
  EXPECT_EQ(Show("alice").state().ended_runs(), 4u) << "and why";
  EXPECT_FALSE(Show("bob").has_state());
  ASSERT_EQ(site_->lines.Named("program-paused").size(), 1u);
  EXPECT_TRUE(site_->lines.Named("program-paused")[0].security);

  now_ += Offences::kFirstPauseMs;
  Plays(PlayedRun{"again", ""});
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_EQ(Own().state().paused_until_ms(), 0);
}

TEST_F(ProgramRecordsTest, VisitorsCannotSwitchOffAPageThatDoesWithoutWhatWasDenied) {
  Plays(PlayedRun{}.Denied("socket", 2));
  for (int i = 0; i < 60; ++i) EXPECT_EQ(Show(i % 2 ? "bob" : "carol").run(), ShowReply::RUN_DONE);
  EXPECT_FALSE(Own().state().slowed());
}

TEST_F(ProgramRecordsTest, AProgramThatUsesUpItsCallsIsStoppedAndIsNoOffender) {
  settings_.set_api_calls_per_run(1);
  Restart();
  WireSandbox();
  PlayedRun run;
  run.requests.assign(2 + ProgramLimits::kCallsRefused, R"({"call": "get_self"})");
  run.held = true;
  Plays(run);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Show().run(), ShowReply::RUN_STOPPED);
  EXPECT_FALSE(Own().state().slowed());
}

TEST_F(ProgramRecordsTest, ARepairedProgramRunsAtOnceAndTheOldOneStaysPaused) {
  const PlayedRun attack = PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS);
  Plays(attack);
  for (int i = 0; i < 4; ++i) Show();
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED);
  Plays(PlayedRun{"well", ""});
  ASSERT_EQ(Save("alice", "#!python\nprint('well')\n"), SaveReply::OUTCOME_SAVED);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_FALSE(Own().state().slowed());
  ASSERT_EQ(Save("alice", std::string(kSource)), SaveReply::OUTCOME_SAVED);
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED) << "the same text is the same program";
  EXPECT_GT(Own().state().paused_until_ms(), now_);
}

TEST_F(ProgramRecordsTest, SavingAttackAfterAttackIsNoWayAroundAPause) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  int ran = 0, saved = 0;
  for (bool runs = true; runs && saved < 100; ++saved) {
    ASSERT_EQ(Save("alice", fmt::format("#!python\n# {}\n", saved)), SaveReply::OUTCOME_SAVED);
    runs = false;
    for (; Show().run() == ShowReply::RUN_STOPPED; ++ran) runs = true;
  }
  EXPECT_LT(ran, 40);
  EXPECT_TRUE(Own().state().for_earlier());
  EXPECT_GT(Own().state().paused_until_ms(), now_);
  EXPECT_EQ(Try().shown().run(), ShowReply::RUN_STOPPED) << "a preview is another matter";
  now_ = Own().state().paused_until_ms() + 1;
  Plays(PlayedRun{"repaired", ""});
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
}

TEST_F(ProgramRecordsTest, PreviewsThatAttackPausePreviewsAndNotThePage) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  int tries = 0;
  while (Try(fmt::format("#!python\n# {}\n", tries)).shown().run() == ShowReply::RUN_STOPPED) ++tries;
  EXPECT_EQ(tries, 4);
  EXPECT_EQ(Own().previews().paused_until_ms(), now_ + Offences::kFirstPauseMs);
  EXPECT_EQ(Try().shown().state().paused_until_ms(), now_ + Offences::kFirstPauseMs) << "the owner sees how long";
  Plays(PlayedRun{});
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_FALSE(Own().state().slowed());
}

TEST_F(ProgramRecordsTest, AnOrdinaryFailureIsNoOffence) {
  Plays(PlayedRun{"", "NameError\n"}.Ends(WaitReply::END_EXIT, 1));
  for (int i = 0; i < 30; ++i) Show();
  EXPECT_FALSE(Own().state().slowed());
  EXPECT_EQ(Own().denials_size(), 0);
}

// --- The operator ---

TEST_F(ProgramRecordsTest, WhatTheOperatorPausedDoesNotRunUntilTheOperatorSaysSo) {
  EXPECT_TRUE(Pause("alice", true));
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED);
  EXPECT_THAT(sandbox_.programs, IsEmpty());
  EXPECT_TRUE(Own().state().paused());
  Restart();
  WireSandbox();
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED) << "it is kept";
  EXPECT_TRUE(Pause("alice", false));
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
}

TEST_F(ProgramRecordsTest, ResumingForgivesWhatItTried) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  for (int i = 0; i < 4; ++i) Show();
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED);
  Pause("alice", false);
  EXPECT_FALSE(Own().state().slowed());
  EXPECT_EQ(Own().state().paused_until_ms(), 0);
  EXPECT_EQ(Own().denials_size(), 4) << "what happened stays on record";
  EXPECT_EQ(Show().run(), ShowReply::RUN_STOPPED);
}

TEST_F(ProgramRecordsTest, TheOperatorIsToldWhatWasDeniedAndThatNobodyHasAName) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  Show();
  DenialsRequest request;
  request.set_name("alice");
  DenialsReply reply = Ask<DenialsReply>(admin_, request);
  EXPECT_TRUE(reply.found());
  EXPECT_TRUE(reply.slowed());
  ASSERT_EQ(reply.denials_size(), 1);
  EXPECT_EQ(reply.denials(0).call(), "fork");
  request.set_name("nobody");
  EXPECT_FALSE(Ask<DenialsReply>(admin_, request).found());
  EXPECT_FALSE(Pause("nobody", true));
}

// --- What is kept ---

TEST_F(ProgramRecordsTest, FilesAreKeptOfARunThatEndsByItselfAndGivenToTheNext) {
  PlayedRun run;
  run.files = FilesOf("count", "1");
  Plays(run);
  Show();
  EXPECT_EQ(Own().files_size(), 1);
  EXPECT_EQ(Own().files(0).path(), "count");
  EXPECT_EQ(Own().files_bytes(), 1u);
  run.files = FilesOf("count", "2");
  Plays(run);
  Restart();
  WireSandbox();
  Show();
  ASSERT_EQ(sandbox_.programs.back().files().files_size(), 1);
  EXPECT_EQ(sandbox_.programs.back().files().files(0).content(), "1");
  Show();
  EXPECT_EQ(sandbox_.programs.back().files().files(0).content(), "2");
}

TEST_F(ProgramRecordsTest, FilesOfAKilledRunAreNotKept) {
  for (const WaitReply::End end : {WaitReply::END_TIME, WaitReply::END_DENIALS, WaitReply::END_SIGNAL}) {
    PlayedRun run;
    run.files = FilesOf("half", "written");
    Plays(run.Ends(end, 9));
    Show();
    EXPECT_EQ(Own().files_size(), 0) << WaitReply::End_Name(end);
  }
}

TEST_F(ProgramRecordsTest, FilesThatNoSandboxMaySendAreNotKeptAndTheOwnerIsTold) {
  for (const char* path : {"../up", "/etc/passwd", "a//b", "."}) {
    PlayedRun run;
    run.files = FilesOf(path, "x");
    Plays(run);
    Show();
    EXPECT_EQ(Own().files_size(), 0) << path;
    EXPECT_THAT(Own().dropped(), testing::ElementsAre(HasSubstr("could not be taken back"))) << path;
  }
  settings_.set_files_bytes(4096);
  Restart();
  WireSandbox();
  PlayedRun run;
  run.files = FilesOf("large", std::string(4097, 'x'));
  Plays(run);
  Show();
  EXPECT_EQ(Own().files_size(), 0);
}

TEST_F(ProgramRecordsTest, FilesThatAreNotKeptAreNamedUntilARunLeavesNoneSuch) {
  PlayedRun run;
  run.end.add_dropped("pipe: neither a file nor a directory");
  Plays(run);
  EXPECT_EQ(Show("bob").dropped_size(), 0);
  EXPECT_EQ(Show("alice").dropped_size(), 1);
  EXPECT_THAT(Own().dropped(), testing::ElementsAre("pipe: neither a file nor a directory"));
  Plays(PlayedRun{});
  Show();
  EXPECT_EQ(Own().dropped_size(), 0);
}

TEST_F(ProgramRecordsTest, ItsOwnerRemovesItsFilesAndNobodyElse) {
  PlayedRun run;
  run.files = FilesOf("count", "1");
  Plays(run);
  Show();
  EXPECT_EQ(Own("bob", true).files_size(), 0);
  EXPECT_EQ(Own("alice").files_size(), 1);
  EXPECT_EQ(Own("alice", true).files_size(), 0);
}

TEST_F(ProgramRecordsTest, TheLastFailureIsKeptWhenSomebodyElseLooked) {
  Plays(PlayedRun{"", "for bob\n"}.Ends(WaitReply::END_EXIT, 1));
  Show("bob");
  Plays(PlayedRun{"", "for alice\n"}.Ends(WaitReply::END_EXIT, 1));
  Show("alice");
  const OwnReply own = Own();
  EXPECT_EQ(own.failure(), "for bob\n");
  EXPECT_EQ(own.failed_visitor(), "bob");
  EXPECT_EQ(own.failed_ms(), kProfileNow);
}

TEST_F(ProgramRecordsTest, ALongFailureIsKeptToItsBound) {
  Plays(PlayedRun{"", std::string(10000, 'x')}.Ends(WaitReply::END_EXIT, 1));
  Show("bob");
  EXPECT_EQ(Own().failure(), std::string(2048, 'x') + "\n[5904 bytes are left out here]\n" + std::string(2048, 'x'));
}

}  // namespace
}  // namespace zoobar
