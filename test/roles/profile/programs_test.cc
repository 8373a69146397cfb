// How a member's program is run: at a visit and as a trial, and what is shown of it and to whom.
#include "roles/profile/programs.h"

#include <gmock/gmock.h>

#include "limits/programs.h"
#include "roles/profile/programs_fixture.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ProgramsTest = ProgramsFixture;

// --- A visit ---

TEST_F(ProgramsTest, ALookRunsTheSavedSourceAndShowsItsOutputCleaned) {
  const ShowReply shown = Show();
  EXPECT_EQ(shown.kind(), GetReply::KIND_PROGRAM);
  EXPECT_EQ(shown.run(), ShowReply::RUN_DONE);
  EXPECT_EQ(shown.html(), "[1 output]");
  ASSERT_EQ(sandbox_.programs.size(), 1u);
  EXPECT_EQ(sandbox_.programs[0].source(), kSource);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_EQ(sandbox_.programs.size(), 2u) << "each visit runs it";
}

TEST_F(ProgramsTest, WithoutATicketForThisOwnerNothingRuns) {
  ShowRequest request = Visiting();
  request.set_owner(Member("bob"));
  EXPECT_EQ(Ask<ShowReply>(app_, std::move(request)).run(), ShowReply::RUN_TICKET_REFUSED);
  now_ += kTicketLifetimeMs;
  request = Visiting();
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
  const auto why = [this](PlayedRun run) {
    Plays(std::move(run));
    return Show("alice").why();
  };
  EXPECT_THAT(why(PlayedRun{}.Ends(WaitReply::END_EXIT, 3)), HasSubstr("ended with exit status 3."));
  EXPECT_THAT(why(PlayedRun{}.Ends(WaitReply::END_SIGNAL, 9)), HasSubstr("memory ran out"));
  EXPECT_THAT(why(PlayedRun{}.Ends(WaitReply::END_SIGNAL, 11)), HasSubstr("crashed (signal 11)"));
  EXPECT_THAT(why(PlayedRun{}.Ends(WaitReply::END_SIGNAL, 24)), HasSubstr("more processor time"));
  EXPECT_THAT(why(PlayedRun{}.Denied("fork", 16).Ends(WaitReply::END_DENIALS)),
              HasSubstr("it tried too many blocked actions"));
  PlayedRun late;
  late.Ends(WaitReply::END_TIME).end.set_wall_us(5'000'000);
  late.end.set_given_us(5'000'000);
  EXPECT_THAT(why(late), HasSubstr("it may take at most 5000 ms"));
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
  EXPECT_THAT(shown.why(), HasSubstr("printed more than 1024 bytes"));
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
  EXPECT_THAT(shown.why(), HasSubstr("too complex"));
}

TEST_F(ProgramsTest, OutputThatIsNotCleanedInTimeIsBusyAndNoFaultOfTheProgram) {
  sanitizer_.broken = true;
  for (const char* visitor : {"bob", "alice"}) {
    const ShowReply shown = Show(visitor);
    EXPECT_EQ(shown.html(), "");
    EXPECT_EQ(shown.run(), ShowReply::RUN_UNCLEANED);
    EXPECT_GE(shown.retry_after_s(), 1u);
    EXPECT_EQ(shown.errors() + shown.why(), "") << "the owner is told of nothing that is not so";
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
  EXPECT_THAT(shown.why(), HasSubstr("it misused its API"));
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

// --- A trial ---

TEST_F(ProgramsTest, ATrialRunsWhatIsTypedAndTellsWhatItUsed) {
  PlayedRun run{"hello", ""};
  run.end.set_cpu_us(1);
  run.end.set_wall_us(2);
  run.end.set_memory_bytes(3);
  Plays(run);
  const TryReply tried = Try("#!python\ntyped");
  EXPECT_EQ(tried.shown().html(), "[1 hello]");
  EXPECT_EQ(tried.use().cpu_us(), 1u);
  EXPECT_EQ(tried.use().wall_us(), 2u);
  EXPECT_EQ(tried.use().memory_bytes(), 3u);
  EXPECT_EQ(sandbox_.programs.back().source(), "#!python\ntyped");
}

TEST_F(ProgramsTest, ATrialTellsWhatWasUsedBesideEachLimit) {
  settings_.set_timeout_ms(3000);
  settings_.set_memory_bytes(64 << 20);
  settings_.set_files_bytes(8192);
  settings_.set_files_inodes(5);
  settings_.set_output_bytes(2000);
  settings_.set_api_calls_per_run(7);
  Restart();
  WireSandbox();
  PlayedRun run{"hello", ""};
  run.requests = {R"({"call": "get_self"})", R"({"call": "get_visitor"})"};
  run.files = FilesOf("count", std::string(4097, 'x'));
  run.Denied("socket", 2).Denied("fork").end.set_given_us(4);
  Plays(run);
  const RunUse use = Try().use();
  EXPECT_EQ(use.given_us(), 4u);
  EXPECT_EQ(use.given_limit_us(), 3'000'000u);
  EXPECT_EQ(use.cpu_limit_us(), 7'000'000u);
  EXPECT_EQ(use.memory_limit(), 64u << 20);
  EXPECT_EQ(use.output_bytes(), 5u);
  EXPECT_EQ(use.output_limit(), 2000u);
  EXPECT_EQ(use.files_bytes(), 8192u) << "files count in whole pages";
  EXPECT_EQ(use.files_bytes_limit(), 8192u);
  EXPECT_EQ(use.files(), 1u);
  EXPECT_EQ(use.files_limit(), 5u);
  EXPECT_EQ(use.calls(), 2u);
  EXPECT_EQ(use.calls_limit(), 7u);
  EXPECT_EQ(use.denials(), 3u);
  EXPECT_EQ(use.denials_limit(), ProgramLimits::kDenials);
  EXPECT_FALSE(Own().has_last_run()) << "a trial is no run of the saved program";
  Show();
  EXPECT_EQ(Own().last_run().calls(), 2u);
}

TEST_F(ProgramsTest, NothingIsSaidOfTheFilesOfARunThatWasStopped) {
  PlayedRun late{"words", ""};
  late.Ends(WaitReply::END_TIME).end.set_given_us(5'000'000);
  Plays(late);
  EXPECT_FALSE(Try().use().has_files());
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
  const auto visit = [&](std::string_view visitor) -> Task<void> {
    auto asking = app_->Call<ShowReply>(Visiting(visitor));
    const auto reply = co_await asking;
    answered += reply.ok() && reply->message.run() == ShowReply::RUN_DONE;
  };
  for (const char* visitor : {"bob", "carol", "dave"}) Spawn(visit(visitor));
  for (std::size_t run = 0; run < 3; ++run) {
    site_->RunUntil([&] { return sandbox_.held() == run + 1; });
    EXPECT_EQ(sandbox_.programs.size(), run + 1);
    EXPECT_EQ(Counter("programs.running"), 1);
    sandbox_.LetEnd(run);
  }
  site_->RunUntil([&] { return answered == 3; });
  EXPECT_EQ(Own().files_bytes(), 3u);
}

// The page is answered when the program has ended well. Its files are stored a little later.
TEST_F(ProgramsTest, WhoeverHasSeenThePageFindsTheFilesOfThatRun) {
  ShowAndHoldItsFiles();
  std::optional<std::uint64_t> bytes;
  const auto ask_own = [&]() -> Task<void> {
    OwnRequest request;
    *request.mutable_ticket() = TicketOf("alice", kOwnProgramMethod, OwnProgramDigest());
    auto asking = app_->Call<OwnReply>(std::move(request));
    const auto reply = co_await asking;
    bytes = reply.ok() ? reply->message.files_bytes() : 0;
  };
  Spawn(ask_own());
  EXPECT_EQ(Ask<ShowReply>(app_, Visiting("bob", "bob")).run(), ShowReply::RUN_UNSPECIFIED) << "others are answered";
  EXPECT_FALSE(bytes.has_value());
  sandbox_.LetEnd(0);
  site_->RunUntil([&] { return bytes.has_value(); });
  EXPECT_EQ(bytes, 3u);
}

// Erases what is kept for alice, as when her account is closed.
class ErasureTest : public ProgramsTest {
 protected:
  void EraseAlice() {
    OperatorAct act;
    act.mutable_erase_profile()->set_member(Member("alice"));
    EXPECT_TRUE(CarryOut(std::move(act)).done().changed());
  }
  // Nothing of a run is left: no files, no failure, no denials, no list of visitors.
  void ExpectNothingIsKept() {
    const OwnReply own = Own();
    EXPECT_EQ(own.files_size(), 0);
    EXPECT_EQ(own.denials_size(), 0);
    EXPECT_EQ(own.failure(), "");
    EXPECT_FALSE(own.has_last_run());
    OperatorAct act;
    act.mutable_read_profile()->set_member(Member("alice"));
    EXPECT_FALSE(CarryOut(std::move(act)).profile().found());
  }
  Task<void> Visit(std::string visitor) {
    auto asking = app_->Call<ShowReply>(Visiting(visitor));
    const auto reply = co_await asking;
    answered_ += reply.ok();
  }
  int answered_ = 0;
};

TEST_F(ErasureTest, ARunThatGoesOnIsEndedAndStoresNothing) {
  Show();
  PlayedRun run;
  run.held = true;
  run.errors = "Traceback\n";
  run.files = FilesOf("count", "III");
  Plays(run.Denied("socket", 3));
  Spawn(Visit("bob"));
  site_->RunUntil([&] { return sandbox_.held() == 1; });
  const int ended = sandbox_.ended;
  EraseAlice();
  EXPECT_EQ(sandbox_.ended, ended + 1);
  site_->RunUntil([&] { return answered_ == 1; });
  ExpectNothingIsKept();
}

// Before the sandbox learns that it has to end the run, the run ends by itself.
TEST_F(ErasureTest, ARunThatEndsAtThatMomentStoresNothing) {
  Show();
  PlayedRun run;
  run.held = true;
  run.files = FilesOf("count", "III");
  Plays(run);
  Spawn(Visit("bob"));
  site_->RunUntil([&] { return sandbox_.held() == 1; });
  sandbox_.LetEnd(0);
  EraseAlice();
  site_->RunUntil([&] { return answered_ == 1; });
  ExpectNothingIsKept();
}

TEST_F(ErasureTest, AVisitThatWaitsForItsTurnRunsNothing) {
  Show();
  sandbox_.programs.clear();
  PlayedRun run;
  run.held = true;
  run.files = FilesOf("count", "III");
  Plays(run);
  for (const char* visitor : {"bob", "carol"}) Spawn(Visit(visitor));
  site_->RunUntil([&] { return sandbox_.held() == 1; });
  EraseAlice();
  site_->RunUntil([&] { return answered_ == 2; });
  EXPECT_EQ(sandbox_.programs.size(), 1u);
  ExpectNothingIsKept();
}

TEST_F(ErasureTest, ARunWhosePageWasAnsweredStoresNothing) {
  ShowAndHoldItsFiles();
  EraseAlice();
  Show("carol");
  ExpectNothingIsKept();
}

TEST_F(ProgramsTest, FilesThatAreRemovedAfterThePageStayRemoved) {
  ShowAndHoldItsFiles();
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
