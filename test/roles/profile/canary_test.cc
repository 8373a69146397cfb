// Whether programs run depends on what the canary found.
#include "roles/profile/canary.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "roles/profile/programs_fixture.h"

namespace zoobar {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using CanaryTest = ProgramsFixture;

TEST_F(CanaryTest, NothingRunsBeforeTheCanaryIsBack) {
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

TEST_F(CanaryTest, ACanaryThatFoundABrokenWallStopsRunsAndIsASecurityEvent) {
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

TEST_F(CanaryTest, ACanaryThatWasNotReportedOrDiedIsABrokenWallToo) {
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

TEST_F(CanaryTest, AnotherInterpreterIsSentACanaryAndABadOneStopsRuns) {
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

TEST_F(CanaryTest, ACanaryWithoutASlotOrEndedByTheOperatorSaysNothing) {
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

TEST_F(CanaryTest, ACanaryForWhichProfileHadTooManyDescriptorsSaysNothing) {
  Show();
  rlimit allowed{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &allowed), 0);
  const auto restore = [&allowed] { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &allowed), 0); };
  Timer later(site_->loop());
  sandbox_.after_begin = [&] {
    const rlimit none{0, allowed.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    later.Start(Milliseconds(200), restore);
  };
  WireSandbox();
  AwaitCanaries(2);
  EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  EXPECT_THAT(site_->lines.Named("canary-failed"), IsEmpty());
}

}  // namespace
}  // namespace zoobar
