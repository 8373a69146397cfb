// Members' programs: whether one runs, what is shown of it and to whom, what is kept, what is held against it.
#include "roles/profile/programs.h"

#include <gmock/gmock.h>

#include "limits/programs.h"
#include "roles/profile/fixture.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kSource = "#!python\nprint('hello')\n";

class ProgramsTest : public ProfileFixture {
 protected:
  void SetUp() override {
    Restart();
    WireSandbox();
    ASSERT_EQ(Save("alice", std::string(kSource)), SaveReply::OUTCOME_SAVED);
  }
  ShowRequest Look(std::string_view visitor = "bob", std::string_view owner = "alice") const {
    ShowRequest request;
    *request.mutable_ticket() = TicketOf(visitor, kVisitMethod, VisitDigest(Member(owner)));
    request.set_owner(Member(owner));
    request.set_owner_name(std::string(owner));
    return request;
  }
  ShowReply Show(std::string_view visitor = "bob") { return Ask<ShowReply>(app_, Look(visitor)); }
  TryReply Try(std::string text = std::string(kSource)) {
    TryRequest request;
    *request.mutable_ticket() = TicketOf("alice", kTryProgramMethod, TryProgramDigest(TextHash(text)));
    request.set_text(std::move(text));
    return Ask<TryReply>(app_, std::move(request));
  }
  OwnReply Own(std::string_view name = "alice", bool remove_files = false) {
    OwnRequest request;
    *request.mutable_ticket() = TicketOf(name, kOwnProgramMethod, OwnProgramDigest());
    request.set_remove_files(remove_files);
    return Ask<OwnReply>(app_, std::move(request));
  }
  bool Pause(const std::string& name, bool pause) {
    PauseRequest request;
    request.set_name(name);
    request.set_pause(pause);
    return Ask<PauseReply>(admin_, std::move(request)).found();
  }
  void Plays(PlayedRun run) {
    sandbox_.play = [run](const Program&) { return run; };
  }
  static ProgramFiles FilesOf(const std::string& path, const std::string& content) {
    ProgramFiles files;
    ProgramFiles::File& file = *files.add_files();
    file.set_path(path);
    file.set_content(content);
    return files;
  }
  std::int64_t Counter(const std::string& name) { return site_->counters.at(name)(); }
  // Lets what is under way come to its end.
  void AwaitCanaries(int count) {
    site_->RunUntil([&] { return sandbox_.canaries >= count; });
    Show();  // behind it
  }
};

// --- A look ---

TEST_F(ProgramsTest, ALookRunsTheSavedSourceAndShowsItsOutputCleaned) {
  const ShowReply shown = Show();
  EXPECT_EQ(shown.kind(), GetReply::KIND_PROGRAM);
  EXPECT_EQ(shown.run(), ShowReply::RUN_DONE);
  EXPECT_EQ(shown.html(), "[1 output]");
  ASSERT_EQ(sandbox_.programs.size(), 1u);
  EXPECT_EQ(sandbox_.programs[0].source(), kSource);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_EQ(sandbox_.programs.size(), 2u) << "each look runs it";
}

TEST_F(ProgramsTest, WithoutATicketForThisOwnerNothingRuns) {
  ShowRequest request = Look();
  request.set_owner(Member("bob"));
  EXPECT_EQ(Ask<ShowReply>(app_, std::move(request)).run(), ShowReply::RUN_TICKET_REFUSED);
  now_ += kTicketLifetimeMs;
  request = Look();
  now_ += kTicketLifetimeMs + 1;
  EXPECT_EQ(Ask<ShowReply>(app_, std::move(request)).run(), ShowReply::RUN_TICKET_REFUSED);
  EXPECT_THAT(sandbox_.programs, IsEmpty());
}

TEST_F(ProgramsTest, AFailureIsOneWordForTheVisitorAndTheTracebackForTheOwner) {
  Plays(PlayedRun{"before", "Traceback: line 2\n"}.Ends(WaitReply::END_EXIT, 1).Denied("socket"));
  const ShowReply seen = Show("bob");
  EXPECT_EQ(seen.run(), ShowReply::RUN_FAILED);
  EXPECT_EQ(seen.html(), "[1 before]");
  EXPECT_EQ(seen.errors(), "");
  EXPECT_EQ(seen.denials_size(), 0);
  const ShowReply own = Show("alice");
  EXPECT_EQ(own.errors(), "Traceback: line 2\n");
  ASSERT_EQ(own.denials_size(), 1);
  EXPECT_EQ(own.denials(0).call(), "socket");
}

TEST_F(ProgramsTest, EveryWayToEndIsSaidToTheOwner) {
  const auto errors = [this](PlayedRun run) {
    Plays(std::move(run));
    return Show("alice").errors();
  };
  EXPECT_THAT(errors(PlayedRun{}.Ends(WaitReply::END_EXIT, 3)), HasSubstr("It ended with exit status 3."));
  EXPECT_THAT(errors(PlayedRun{}.Ends(WaitReply::END_SIGNAL, 9)), HasSubstr("memory ran out"));
  EXPECT_THAT(errors(PlayedRun{}.Ends(WaitReply::END_SIGNAL, 11)), HasSubstr("crashed (signal 11)"));
  EXPECT_THAT(errors(PlayedRun{}.Ends(WaitReply::END_SIGNAL, 24)), HasSubstr("more processor time"));
  EXPECT_THAT(errors(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS)),
              HasSubstr("It was stopped: it tried too often what programs may not do."));
  PlayedRun late;
  late.Ends(WaitReply::END_TIME).end.set_wall_us(5'000'000);
  late.end.set_given_us(5'000'000);
  EXPECT_THAT(errors(late), HasSubstr("It was stopped after 5000 ms"));
}

TEST_F(ProgramsTest, TimeSpentWaitingIsNotHeldAgainstAProgram) {
  PlayedRun late;
  late.Ends(WaitReply::END_TIME).end.set_wall_us(40'000);
  late.end.set_given_us(40'000);
  Plays(late);
  const ShowReply shown = Show();
  EXPECT_EQ(shown.run(), ShowReply::RUN_BUSY);
  EXPECT_GE(shown.retry_after_s(), 1u);
}

TEST_F(ProgramsTest, NorIsTimeInWhichTheMachineGaveItNone) {
  PlayedRun starved;
  starved.Ends(WaitReply::END_TIME).end.set_wall_us(15'000'000);
  starved.end.set_given_us(3'000'000);
  Plays(starved);
  EXPECT_EQ(Show().run(), ShowReply::RUN_BUSY);
  EXPECT_EQ(Own().failed_ms(), 0) << "its owner is not told of a failure";
}

TEST_F(ProgramsTest, OutputPastTheLimitIsCutAndEndsTheRun) {
  settings_.set_output_bytes(1024);
  Restart();
  WireSandbox();
  PlayedRun run{std::string(5000, 'x'), ""};
  run.held = true;
  Plays(run);
  const ShowReply shown = Show("alice");
  EXPECT_TRUE(shown.cut());
  EXPECT_EQ(shown.run(), ShowReply::RUN_DONE);
  EXPECT_EQ(shown.html(), "[1 " + std::string(1024, 'x') + "]");
  EXPECT_THAT(shown.errors(), HasSubstr("when it had printed 1024 bytes"));
  EXPECT_GE(sandbox_.ended, 1);
}

TEST_F(ProgramsTest, OutputThatCannotBeCleanedIsNotShown) {
  sandbox_.play = [this](const Program&) {
    sanitizer_.outcome = CleanReply::OUTCOME_TOO_COMPLEX;
    return PlayedRun{"<b>", ""};
  };
  ShowReply shown = Show("alice");
  EXPECT_EQ(shown.html(), "");
  EXPECT_EQ(shown.run(), ShowReply::RUN_FAILED);
  EXPECT_THAT(shown.errors(), HasSubstr("too tangled"));
}

TEST_F(ProgramsTest, OutputThatIsNotCleanedInTimeIsBusyAndNoFaultOfTheProgram) {
  sanitizer_.broken = true;
  for (const char* visitor : {"bob", "alice"}) {
    const ShowReply shown = Show(visitor);
    EXPECT_EQ(shown.html(), "");
    EXPECT_EQ(shown.run(), ShowReply::RUN_UNCLEANED);
    EXPECT_GE(shown.retry_after_s(), 1u);
    EXPECT_EQ(shown.errors(), "") << "the owner is told of nothing that is not so";
  }
  EXPECT_EQ(Own().failed_ms(), 0);
}

TEST_F(ProgramsTest, ARequestThatIsTooLongEndsTheRunAndIsMisuse) {
  PlayedRun run;
  run.requests = {std::string(ProgramLimits::kRequestBytes + 1, 'x')};
  run.held = true;
  Plays(run);
  const ShowReply shown = Show("alice");
  EXPECT_EQ(shown.run(), ShowReply::RUN_STOPPED);
  EXPECT_THAT(shown.errors(), HasSubstr("it misused its API"));
  EXPECT_GE(sandbox_.ended, 1);
  ASSERT_EQ(site_->lines.Named("program-ended").size(), 1u);
  EXPECT_TRUE(site_->lines.Named("program-ended")[0].security);
}

TEST_F(ProgramsTest, ASandboxThatGoesAwayUnderARunIsBusyNotAnError) {
  PlayedRun run;
  run.lost = true;
  Plays(run);
  EXPECT_EQ(Show().run(), ShowReply::RUN_BUSY);
  EXPECT_EQ(site_->lines.Named("run-lost").size(), 1u);
}

TEST_F(ProgramsTest, WithEverySlotTakenItIsBusy) {
  Show();
  sandbox_.refusals = {BeginReply::OUTCOME_FULL};
  EXPECT_EQ(Show().run(), ShowReply::RUN_BUSY);
  EXPECT_EQ(Counter("programs.busy"), 1);
}

TEST_F(ProgramsTest, WhereThereAreNoWallsTheSourceIsShownAndNothingRuns) {
  Stop();
  sandbox_.refusals = {BeginReply::OUTCOME_UNAVAILABLE, BeginReply::OUTCOME_UNAVAILABLE};
  Restart();
  WireSandbox();
  const ShowReply shown = Show();
  EXPECT_EQ(shown.run(), ShowReply::RUN_NO_WALLS);
  EXPECT_EQ(shown.source(), kSource);
  EXPECT_THAT(sandbox_.programs, IsEmpty());
  EXPECT_THAT(site_->lines.Named("canary-failed"), IsEmpty());
}

// --- The canary ---

TEST_F(ProgramsTest, NothingRunsBeforeTheCanaryIsBack) {
  Show();
  ASSERT_EQ(sandbox_.canaries, 1);
  sandbox_.canary = [this] {
    EXPECT_EQ(sandbox_.programs.size(), 1u) << "a program overtook it";
    return FakeSandbox::GoodCanary();
  };
  WireSandbox();
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_EQ(sandbox_.canaries, 2);
}

TEST_F(ProgramsTest, ACanaryThatFoundABrokenWallStopsRunsAndIsASecurityEvent) {
  sandbox_.canary = [] { return PlayedRun{"broken: fork\n", ""}.Denied("socket"); };
  WireSandbox();
  EXPECT_EQ(Show().run(), ShowReply::RUN_BUSY);
  EXPECT_EQ(Show("alice").run(), ShowReply::RUN_BUSY);
  EXPECT_EQ(Try().shown().run(), ShowReply::RUN_BUSY);
  EXPECT_THAT(sandbox_.programs, IsEmpty());
  const auto events = site_->lines.Named("canary-failed");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].security);
  EXPECT_THAT(events[0].Text(), HasSubstr("broken: fork"));
  EXPECT_EQ(Counter(std::string(kWallsBrokenCounter)), 1);

  sandbox_.canary = FakeSandbox::GoodCanary;
  WireSandbox();
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_EQ(Counter(std::string(kWallsBrokenCounter)), 0);
}

TEST_F(ProgramsTest, ACanaryThatWasNotReportedOrDiedIsABrokenWallToo) {
  const PlayedRun bad[] = {
      PlayedRun{"the walls stand\n", ""},  // what it tried was not reported
      PlayedRun{"", "Traceback\n"}.Denied("socket").Ends(WaitReply::END_EXIT, 1),
      PlayedRun{"the walls stand\n", ""}.Denied("socket").Ends(WaitReply::END_SIGNAL, 11),
      PlayedRun{}.Ends(WaitReply::END_WALLS),
      PlayedRun{.lost = true},  // the sandbox is there and does not answer
  };
  int failed = 0;
  for (const PlayedRun& run : bad) {
    sandbox_.canary = [run] { return run; };
    WireSandbox();
    EXPECT_EQ(Show().run(), ShowReply::RUN_BUSY);
    EXPECT_EQ(site_->lines.Named("canary-failed").size(), static_cast<std::size_t>(++failed));
  }
  EXPECT_THAT(sandbox_.programs, IsEmpty());
}

TEST_F(ProgramsTest, AnotherInterpreterIsSentACanaryAndABadOneStopsRuns) {
  Show();
  EXPECT_EQ(sandbox_.canaries, 1);
  sandbox_.interpreter = 2;
  sandbox_.canary = [] { return PlayedRun{"broken: ptrace\n", ""}.Denied("socket"); };
  Show();
  AwaitCanaries(2);
  const std::size_t ran = sandbox_.programs.size();
  EXPECT_EQ(Show().run(), ShowReply::RUN_BUSY);
  EXPECT_EQ(sandbox_.programs.size(), ran);
}

TEST_F(ProgramsTest, ACanaryWithoutASlotOrEndedByTheOperatorSaysNothing) {
  Show();
  sandbox_.interpreter = 2;
  sandbox_.after_begin = [this] { sandbox_.refusals = {BeginReply::OUTCOME_FULL}; };
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  site_->RunUntil([this] { return sandbox_.refusals.empty(); });
  sandbox_.canary = [] { return PlayedRun{}.Ends(WaitReply::END_ASKED); };
  sandbox_.interpreter = 3;
  Show();
  AwaitCanaries(2);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_THAT(site_->lines.Named("canary-failed"), IsEmpty());
}

// --- Denials and offences ---

TEST(Offences, HalfAreForgottenEveryTenMinutes) {
  StoredProgram program;
  Offences::Add(program, 8, kProfileNow);
  EXPECT_DOUBLE_EQ(Offences::Now(program, kProfileNow), 8);
  EXPECT_DOUBLE_EQ(Offences::Now(program, kProfileNow + Offences::kHalfLifeMs), 4);
  EXPECT_DOUBLE_EQ(Offences::Now(program, kProfileNow + 3 * Offences::kHalfLifeMs), 1);
  EXPECT_DOUBLE_EQ(Offences::Now(program, kProfileNow - 1), 8) << "a clock set back forgives nothing";
}

TEST(Offences, EachPauseIsTwiceAsLongUpToADay) {
  StoredProgram program;
  std::int64_t now = kProfileNow, expected = Offences::kFirstPauseMs;
  for (int i = 0; i < 12; ++i) {
    while (program.paused_until_ms() <= now) Offences::Add(program, Offences::kOfEndedRun, now);
    EXPECT_EQ(program.paused_until_ms() - now, expected) << i;
    EXPECT_EQ(program.pauses(), static_cast<std::uint32_t>(i + 1));
    now = program.paused_until_ms();
    expected = std::min(2 * expected, Offences::kLongestPauseMs);
  }
}

TEST_F(ProgramsTest, DenialsAreLoggedAndKeptForTheOwnerAlone) {
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

TEST_F(ProgramsTest, TheLastDenialsAreKeptAndOutliveARestart) {
  for (int i = 0; i < 3; ++i) {
    PlayedRun run;
    for (int call = 0; call < 20; ++call) run.Denied(fmt::format("call{}", 20 * i + call));
    Plays(run);
    Show();
  }
  Restart();
  const OwnReply own = Own();
  ASSERT_EQ(own.denials_size(), Programs::kDenialsKept);
  EXPECT_EQ(own.denials(0).call(), "call59");
  EXPECT_EQ(own.denials(Programs::kDenialsKept - 1).call(), "call10");
}

TEST_F(ProgramsTest, WhoGoesOnTryingIsSlowedThenPausedAndSeesBoth) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  Show();
  EXPECT_TRUE(Own().slowed());
  int looks = 1;
  for (; Own().paused_until_ms() == 0 && looks < 20; ++looks) EXPECT_EQ(Show().run(), ShowReply::RUN_STOPPED);
  EXPECT_EQ(looks, 4);
  EXPECT_EQ(Own().paused_until_ms(), kProfileNow + Offences::kFirstPauseMs);
  const std::size_t ran = sandbox_.programs.size();
  for (const char* visitor : {"bob", "alice"}) EXPECT_EQ(Show(visitor).run(), ShowReply::RUN_PAUSED) << visitor;
  EXPECT_EQ(Try().shown().run(), ShowReply::RUN_PAUSED);
  EXPECT_EQ(sandbox_.programs.size(), ran);
  ASSERT_EQ(site_->lines.Named("program-paused").size(), 1u);
  EXPECT_TRUE(site_->lines.Named("program-paused")[0].security);

  now_ += Offences::kFirstPauseMs;
  Plays(PlayedRun{"again", ""});
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_EQ(Own().paused_until_ms(), 0);
}

TEST_F(ProgramsTest, AnOrdinaryFailureIsNoOffence) {
  Plays(PlayedRun{"", "NameError\n"}.Ends(WaitReply::END_EXIT, 1));
  for (int i = 0; i < 30; ++i) Show();
  EXPECT_FALSE(Own().slowed());
  EXPECT_EQ(Own().denials_size(), 0);
}

// --- The operator ---

TEST_F(ProgramsTest, WhatTheOperatorPausedDoesNotRunUntilTheOperatorSaysSo) {
  EXPECT_TRUE(Pause("alice", true));
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED);
  EXPECT_THAT(sandbox_.programs, IsEmpty());
  EXPECT_TRUE(Own().paused());
  Restart();
  WireSandbox();
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED) << "it is kept";
  EXPECT_TRUE(Pause("alice", false));
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
}

TEST_F(ProgramsTest, ResumingForgivesWhatItTried) {
  Plays(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS));
  for (int i = 0; i < 4; ++i) Show();
  EXPECT_EQ(Show().run(), ShowReply::RUN_PAUSED);
  Pause("alice", false);
  EXPECT_FALSE(Own().slowed());
  EXPECT_EQ(Own().paused_until_ms(), 0);
  EXPECT_EQ(Own().denials_size(), 4) << "what happened stays on record";
  EXPECT_EQ(Show().run(), ShowReply::RUN_STOPPED);
}

TEST_F(ProgramsTest, TheOperatorIsToldWhatWasDeniedAndThatNobodyHasAName) {
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

TEST_F(ProgramsTest, FilesAreKeptOfARunThatEndsByItselfAndGivenToTheNext) {
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

TEST_F(ProgramsTest, FilesOfAKilledRunAreNotKept) {
  for (const WaitReply::End end : {WaitReply::END_TIME, WaitReply::END_DENIALS, WaitReply::END_SIGNAL}) {
    PlayedRun run;
    run.files = FilesOf("half", "written");
    Plays(run.Ends(end, 9));
    Show();
    EXPECT_EQ(Own().files_size(), 0) << WaitReply::End_Name(end);
  }
}

TEST_F(ProgramsTest, FilesThatNoSandboxMaySendAreNotKeptAndTheOwnerIsTold) {
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

TEST_F(ProgramsTest, FilesThatAreNotKeptAreNamedUntilARunLeavesNoneSuch) {
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

TEST_F(ProgramsTest, ItsOwnerRemovesItsFilesAndNobodyElse) {
  PlayedRun run;
  run.files = FilesOf("count", "1");
  Plays(run);
  Show();
  EXPECT_EQ(Own("bob", true).files_size(), 0);
  EXPECT_EQ(Own("alice").files_size(), 1);
  EXPECT_EQ(Own("alice", true).files_size(), 0);
}

TEST_F(ProgramsTest, TheLastFailureIsKeptWhenSomebodyElseLooked) {
  Plays(PlayedRun{"", "for bob\n"}.Ends(WaitReply::END_EXIT, 1));
  Show("bob");
  Plays(PlayedRun{"", "for alice\n"}.Ends(WaitReply::END_EXIT, 1));
  Show("alice");
  const OwnReply own = Own();
  EXPECT_EQ(own.failure(), "for bob\n");
  EXPECT_EQ(own.failed_visitor(), "bob");
  EXPECT_EQ(own.failed_ms(), kProfileNow);
}

TEST_F(ProgramsTest, ALongFailureIsKeptToItsBound) {
  Plays(PlayedRun{"", std::string(10000, 'x')}.Ends(WaitReply::END_EXIT, 1));
  Show("bob");
  EXPECT_EQ(Own().failure(), std::string(4096, 'x'));
}

// --- A trial ---

TEST_F(ProgramsTest, ATrialRunsWhatIsTypedAndTellsWhatItUsed) {
  PlayedRun run{"hello", ""};
  run.end.set_cpu_us(1);
  run.end.set_wall_us(2);
  run.end.set_memory_bytes(3);
  Plays(run);
  const TryReply tried = Try("#!python\ntyped");
  EXPECT_EQ(tried.shown().html(), "[1 hello]");
  EXPECT_EQ(tried.cpu_us(), 1u);
  EXPECT_EQ(tried.wall_us(), 2u);
  EXPECT_EQ(tried.memory_bytes(), 3u);
  EXPECT_EQ(sandbox_.programs.back().source(), "#!python\ntyped");
}

TEST_F(ProgramsTest, ATrialKeepsNeitherFilesNorFailureButItsDenialsCount) {
  PlayedRun run{"", "Traceback\n"};
  run.files = FilesOf("count", "1");
  Plays(run.Ends(WaitReply::END_EXIT, 1).Denied("socket"));
  EXPECT_EQ(Try().shown().errors(), "Traceback\n");
  const OwnReply own = Own();
  EXPECT_EQ(own.files_size(), 0);
  EXPECT_EQ(own.failed_ms(), 0);
  EXPECT_EQ(own.denials_size(), 1);
}

TEST_F(ProgramsTest, ATrialNeedsATicketForItsText) {
  TryRequest request;
  *request.mutable_ticket() = TicketOf("alice", kTryProgramMethod, TryProgramDigest(TextHash("#!python\none")));
  request.set_text("#!python\ntwo");
  EXPECT_EQ(Ask<TryReply>(app_, std::move(request)).shown().run(), ShowReply::RUN_TICKET_REFUSED);
  EXPECT_THAT(sandbox_.programs, IsEmpty());
}

// --- The queue, as visits meet it ---

TEST_F(ProgramsTest, OneOwnersVisitsRunOneAfterTheOtherEachWithTheFilesOfTheOneBefore) {
  Show();
  sandbox_.programs.clear();
  PlayedRun held;
  held.held = true;
  sandbox_.play = [&](const Program& program) {
    held.files = FilesOf("count", program.files().files_size() ? program.files().files(0).content() + "I" : "I");
    return held;
  };
  int answered = 0;
  const auto look = [&](std::string_view visitor) -> Task<void> {
    auto asking = app_->Call<ShowReply>(Look(visitor));
    const auto reply = co_await asking;
    answered += reply.ok() && reply->message.run() == ShowReply::RUN_DONE;
  };
  for (const char* visitor : {"bob", "carol", "dave"}) Spawn(look(visitor));
  for (std::size_t run = 0; run < 3; ++run) {
    site_->RunUntil([&] { return sandbox_.held() == run + 1; });
    EXPECT_EQ(sandbox_.programs.size(), run + 1);
    EXPECT_EQ(Counter("programs.running"), 1);
    sandbox_.LetEnd(run);
  }
  site_->RunUntil([&] { return answered == 3; });
  EXPECT_EQ(Own().files_bytes(), 3u);
}

// The page is answered when the program has ended well, and its files come a little later.
TEST_F(ProgramsTest, WhoeverHasSeenThePageFindsTheFilesOfThatRun) {
  Show();
  PlayedRun run;
  run.says_its_end = run.held = true;
  run.files = FilesOf("count", "III");
  Plays(run);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  std::optional<std::uint64_t> bytes;
  const auto look = [&]() -> Task<void> {
    OwnRequest request;
    *request.mutable_ticket() = TicketOf("alice", kOwnProgramMethod, OwnProgramDigest());
    auto asking = app_->Call<OwnReply>(std::move(request));
    const auto reply = co_await asking;
    bytes = reply.ok() ? reply->message.files_bytes() : 0;
  };
  Spawn(look());
  EXPECT_EQ(Ask<ShowReply>(app_, Look("bob", "bob")).run(), ShowReply::RUN_UNSPECIFIED) << "others are answered";
  EXPECT_FALSE(bytes.has_value());
  sandbox_.LetEnd(0);
  site_->RunUntil([&] { return bytes.has_value(); });
  EXPECT_EQ(bytes, 3u);
}

TEST_F(ProgramsTest, FilesThatAreRemovedAfterThePageStayRemoved) {
  Show();
  PlayedRun run;
  run.says_its_end = run.held = true;
  run.files = FilesOf("count", "III");
  Plays(run);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  std::optional<int> files;
  const auto remove = [&]() -> Task<void> {
    OwnRequest request;
    *request.mutable_ticket() = TicketOf("alice", kOwnProgramMethod, OwnProgramDigest());
    request.set_remove_files(true);
    auto asking = app_->Call<OwnReply>(std::move(request));
    const auto reply = co_await asking;
    files = reply.ok() ? reply->message.files_size() : -1;
  };
  Spawn(remove());
  site_->RunUntil([&] { return sandbox_.held() == 1; });
  sandbox_.LetEnd(0);
  site_->RunUntil([&] { return files.has_value(); });
  EXPECT_EQ(files, 0);
  EXPECT_EQ(Own().files_size(), 0);
}

}  // namespace
}  // namespace zoobar
