// What the supervisor does: slots, waiting, limits, ends. Its interpreter is a stand-in, whose runs are plain processes
// of this test, without walls. The walls are tested in test/confinement.
#include "roles/sandbox.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ipc/descriptors.h"
#include "sandbox/files.h"
#include "sandbox/wire.h"
#include "site/fake_site.h"
#include "store/scratch.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What a run does behind its walls, with its standard output and its own socket. Returns its exit status.
using Act = int (*)(int output, int socket);

int Hold(int, int) {
  for (;;) pause();
}
int PrintAndEnd(int output, int) { return write(output, "hello", 5) == 5 ? 0 : 1; }
int EndBadly(int, int) { return 3; }
int EndWhenTold(int, int socket) {
  char byte;
  return read(socket, &byte, 1) == 1 ? 0 : 1;
}

class FakeInterpreter {
 public:
  explicit FakeInterpreter(Loop& loop) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) Die("socketpair");
    ours_ = Fd(pair[0]);
    theirs_ = Fd(pair[1]);
    watch_ = std::make_unique<Watch>(loop, ours_.get(), [this](int) { Read(); });
    watch_->Set(UV_READABLE);
  }

  Fd TakeTheirs() { return std::move(theirs_); }
  void Fresh() { Say({Answer::Kind::kFresh, 0}); }
  std::string root() const { return root_.path(); }

  Act act = Hold;
  bool walls_stand = true;
  int runs = 0, renewals = 0;

 private:
  // At the end of a test the supervisor may be gone.
  void Say(Answer answer) {
    const ssize_t sent = send(ours_.get(), &answer, sizeof answer, MSG_NOSIGNAL);
    EXPECT_TRUE(sent == ssize_t{sizeof answer} || errno == EPIPE || errno == ECONNRESET);
  }

  void Read() {
    Order order{};
    std::vector<Fd> fds;
    const ssize_t size =
        ReceiveWithDescriptors(ours_.get(), {reinterpret_cast<char*>(&order), sizeof order}, fds, MSG_DONTWAIT);
    if (size != sizeof order) return watch_->Set(0);
    if (order.kind == Order::Kind::kRenew) {
      ++renewals;
      return Fresh();
    }
    ASSERT_EQ(order.kind, Order::Kind::kRun);
    ASSERT_EQ(fds.size(), 4u);
    ++runs;
    const pid_t pid = fork();
    if (pid == 0) BecomeRun(fds);
    Say({Answer::Kind::kDone, pid});
  }

  [[noreturn]] void BecomeRun(const std::vector<Fd>& fds) {
    const int root = open(root_.path().c_str(), O_RDONLY | O_DIRECTORY), listener = eventfd(0, 0);
    const int output = fds[0].get(), socket = fds[2].get(), gate = fds[3].get();
    for (int fd = 3; fd < 256; ++fd) {
      if (fd != root && fd != listener && fd != output && fd != socket && fd != gate) close(fd);
    }
    if (!walls_stand) _exit(1);
    char byte = 'w';
    const int through[] = {root, listener};
    if (SendWithDescriptors(gate, {&byte, 1}, through) != 1 || read(gate, &byte, 1) != 1) _exit(1);
    _exit(act(output, socket));
  }

  Fd ours_, theirs_;
  std::unique_ptr<Watch> watch_;
  TemporaryDirectory root_;
};

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);  // as a role has it
    site_.passed["prepared"] = interpreter_.TakeTheirs();
    site_.settings.mutable_profile()->set_parallel_runs(1);  // one more for profile's canary
    Make();
    interpreter_.Fresh();
  }
  void Make() {
    sandbox_ = std::make_unique<Sandbox>(site_);
    profile_ = site_.CallAs(ROLE_PROFILE, ROLE_SANDBOX);
    admin_ = site_.CallAs(ROLE_ADMIN, ROLE_SANDBOX);
  }
  void TearDown() override {
    profile_.reset();
    admin_.reset();
    sandbox_.reset();
    site_.loop().RunOnce();
  }

  static BeginRequest Beginning(std::uint32_t limit_ms) {
    BeginRequest begin;
    begin.set_limit_ms(limit_ms);
    return begin;
  }
  static WaitRequest Waiting(std::uint64_t run, bool files = false) {
    WaitRequest wait;
    wait.set_run(run);
    wait.set_files(files);
    return wait;
  }
  Result<Incoming<BeginReply>> Begin(std::uint32_t limit_ms = 60000) {
    return site_.Wait(profile_->Call<BeginReply>(Beginning(limit_ms)));
  }
  Incoming<BeginReply> Begun() {
    Result<Incoming<BeginReply>> begun = Begin();
    EXPECT_TRUE(begun.ok());
    EXPECT_EQ(begun->message.outcome(), BeginReply::OUTCOME_BEGUN);
    EXPECT_EQ(begun->fds.size(), 3u);
    return std::move(*begun);
  }
  Result<Incoming<WaitReply>> Wait(std::uint64_t run, bool files = false) {
    return site_.Wait(profile_->Call<WaitReply>(Waiting(run, files)));
  }
  WaitReply::End EndOf(std::uint64_t run) {
    const auto reply = Wait(run);
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message.end() : WaitReply::END_UNSPECIFIED;
  }
  // Makes a call of Begin that goes on while the test does other things. Its outcome is added to outcomes_.
  void Spawned(std::uint32_t limit_ms) {
    const auto begin = [](SandboxTest* test, std::uint32_t limit) -> Task<void> {
      auto asking = test->profile_->Call<BeginReply>(Beginning(limit));
      Result<Incoming<BeginReply>> begun = co_await asking;
      test->outcomes_.push_back(begun.ok() ? begun->message.outcome() : BeginReply::OUTCOME_UNSPECIFIED);
    };
    Spawn(begin(this, limit_ms));
  }

  FakeSite site_;
  FakeInterpreter interpreter_{site_.loop()};
  std::unique_ptr<Sandbox> sandbox_;
  std::shared_ptr<Channel> profile_, admin_;
  std::vector<BeginReply::Outcome> outcomes_;
};

TEST_F(SandboxTest, EveryMethodHasItsHandler) { EXPECT_THAT(site_.service().Missing(ROLE_SANDBOX), IsEmpty()); }

TEST(SandboxAlone, WithoutAnInterpreterNothingCanBeRun) {
  FakeSite site;
  Sandbox sandbox(site);
  const auto profile = site.CallAs(ROLE_PROFILE, ROLE_SANDBOX);
  BeginRequest begin;
  begin.set_limit_ms(1000);
  const auto reply = site.Wait(profile->Call<BeginReply>(begin));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->message.outcome(), BeginReply::OUTCOME_UNAVAILABLE);
  EXPECT_EQ(site.lines.Named("no-walls").size(), 1u);
}

TEST_F(SandboxTest, ARunsOutputIsProfilesAndItsEndIsTold) {
  interpreter_.act = PrintAndEnd;
  const Incoming<BeginReply> begun = Begun();
  const auto ended = Wait(begun.message.run());
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->message.end(), WaitReply::END_EXIT);
  EXPECT_EQ(ended->message.status(), 0);
  EXPECT_THAT(ended->fds, IsEmpty()) << "files were not asked for";
  char text[16];
  EXPECT_EQ(read(begun.fds[1].get(), text, sizeof text), 5);
  EXPECT_EQ(read(begun.fds[1].get(), text, sizeof text), 0) << "nobody else has its pipe";
}

TEST_F(SandboxTest, TheWayItEndedIsToldApart) {
  interpreter_.act = EndBadly;
  const auto ended = Wait(Begun().message.run());
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->message.end(), WaitReply::END_EXIT);
  EXPECT_EQ(ended->message.status(), 3);
}

TEST_F(SandboxTest, WhatItLeftComesAsAMemoryFileNobodyCanChange) {
  std::ofstream(interpreter_.root() + "/notes") << "kept";
  interpreter_.act = PrintAndEnd;
  const auto ended = Wait(Begun().message.run(), true);
  ASSERT_TRUE(ended.ok());
  ASSERT_EQ(ended->fds.size(), 1u);
  std::string bytes(4096, '\0');
  const ssize_t size = pread(ended->fds[0].get(), bytes.data(), bytes.size(), 0);
  ProgramFiles files;
  ASSERT_TRUE(files.ParseFromArray(bytes.data(), static_cast<int>(size)));
  ASSERT_EQ(files.files_size(), 1);
  EXPECT_EQ(files.files(0).path(), "notes");
  EXPECT_EQ(files.files(0).content(), "kept");
  EXPECT_LT(pwrite(ended->fds[0].get(), "x", 1, 0), 0);
  EXPECT_NE(ftruncate(ended->fds[0].get(), 0), 0);
}

TEST_F(SandboxTest, WhatAKilledRunLeftIsNotTakenBack) {
  std::ofstream(interpreter_.root() + "/half") << "written";
  const std::uint64_t run = Begun().message.run();
  EndRequest end;
  end.set_run(run);
  profile_->Send(end);
  const auto ended = Wait(run, true);
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->message.end(), WaitReply::END_ASKED);
  EXPECT_THAT(ended->fds, IsEmpty());
}

TEST_F(SandboxTest, ItsLimitEndsARun) {
  const auto begun = Begin(200);
  ASSERT_TRUE(begun.ok());
  ASSERT_EQ(begun->message.outcome(), BeginReply::OUTCOME_BEGUN);
  EXPECT_EQ(EndOf(begun->message.run()), WaitReply::END_TIME);
}

TEST_F(SandboxTest, ARunThatSleepsIsGivenAllOfItsTime) {
  BeginRequest begin = Beginning(300);
  begin.set_most_ms(60000);
  const auto begun = site_.Wait(profile_->Call<BeginReply>(begin));
  ASSERT_TRUE(begun.ok());
  const auto ended = Wait(begun->message.run());
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->message.end(), WaitReply::END_TIME);
  EXPECT_GE(ended->message.given_us(), 100'000u) << "but for what a busy machine did not give it";
  EXPECT_LE(ended->message.given_us(), ended->message.wall_us());
}

TEST_F(SandboxTest, ARunThatComputesOnIsEndedToo) {
  interpreter_.act = [](int, int) -> int {
    while (getppid() > 0) {
    }
    return 0;
  };
  BeginRequest begin = Beginning(300);
  begin.set_most_ms(5000);
  const auto begun = site_.Wait(profile_->Call<BeginReply>(begin));
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(EndOf(begun->message.run()), WaitReply::END_TIME);
}

TEST_F(SandboxTest, ItSaysHowManyRunsItTakesAtOnceBesideTheCanary) { EXPECT_EQ(Begun().message.slots(), 1u); }

TEST_F(SandboxTest, ALimitThatIsNoneIsAnError) {
  EXPECT_FALSE(Begin(0).ok());
  EXPECT_FALSE(Begin(60001).ok());
  BeginRequest begin = Beginning(1000);
  begin.set_most_ms(60001);
  EXPECT_FALSE(site_.Wait(profile_->Call<BeginReply>(begin)).ok());
}

TEST_F(SandboxTest, OneWaitsForARunOnceAndForNoOther) {
  interpreter_.act = PrintAndEnd;
  const std::uint64_t run = Begun().message.run();
  EXPECT_FALSE(Wait(run + 1).ok()) << "a spare is nobody's yet";
  EXPECT_FALSE(Wait(12345).ok());
  EXPECT_EQ(EndOf(run), WaitReply::END_EXIT);
  EXPECT_FALSE(Wait(run).ok());
  EXPECT_TRUE(site_.misbehaviours.empty());
}

TEST_F(SandboxTest, PastItsSlotsARunWaitsForOneAndThenItIsFull) {
  const std::uint64_t first = Begun().message.run();
  Begun();
  const auto third = Begin(50);
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->message.outcome(), BeginReply::OUTCOME_FULL);
  EXPECT_EQ(site_.counters.at("refused.full")(), 1);

  Spawned(60000);
  EndRequest end;
  end.set_run(first);
  profile_->Send(end);
  site_.RunUntil([this] { return !outcomes_.empty(); });
  EXPECT_THAT(outcomes_, ElementsAre(BeginReply::OUTCOME_BEGUN));
}

TEST_F(SandboxTest, ARunWhoseWallsDoNotStandIsASecurityEventAndIsNotGivenOut) {
  interpreter_.walls_stand = false;
  EXPECT_FALSE(Begin().ok());
  ASSERT_GE(site_.lines.Named("walls-failed").size(), 1u);
  EXPECT_TRUE(site_.lines.Named("walls-failed")[0].security);
}

TEST_F(SandboxTest, WallsThatDoNotStandAreTriedAgainLaterAndThenServe) {
  interpreter_.walls_stand = false;
  EXPECT_FALSE(Begin().ok());
  const int before = interpreter_.runs;
  const std::int64_t until = MonotonicMicros() + 400'000;
  site_.RunUntil([&] { return MonotonicMicros() > until; });
  EXPECT_LE(interpreter_.runs - before, 6) << "each try takes memory and processes";
  interpreter_.walls_stand = true;
  const std::int64_t latest = MonotonicMicros() + 60'000'000;
  while (!Begin().ok()) {
    ASSERT_LT(MonotonicMicros(), latest) << "it never tries again";
    const std::int64_t later = MonotonicMicros() + 50'000;
    site_.RunUntil([&] { return MonotonicMicros() > later; });
  }
}

TEST_F(SandboxTest, ResetEndsEveryRunAndTakesAFreshInterpreter) {
  const Incoming<BeginReply> before = Begun();
  EXPECT_TRUE(site_.Wait(admin_->Call<ResetReply>(ResetRequest())).ok());
  EXPECT_EQ(EndOf(before.message.run()), WaitReply::END_ASKED);
  EXPECT_EQ(Begun().message.interpreter(), before.message.interpreter() + 1);
  EXPECT_EQ(interpreter_.renewals, 1);
  ASSERT_EQ(site_.lines.Named("sandbox-reset").size(), 1u);
  EXPECT_TRUE(site_.lines.Named("sandbox-reset")[0].security);
}

TEST_F(SandboxTest, AfterItsShareOfRunsTheInterpreterIsReplaced) {
  interpreter_.act = PrintAndEnd;
  for (std::uint64_t i = 0; i < Sandbox::kRunsEach && interpreter_.renewals == 0; ++i) {
    const Incoming<BeginReply> begun = Begun();  // keeps the pipes open until the run has ended
    EXPECT_EQ(EndOf(begun.message.run()), WaitReply::END_EXIT);
  }
  EXPECT_EQ(interpreter_.renewals, 1);
  EXPECT_EQ(Begun().message.interpreter(), 2u);
}

TEST_F(SandboxTest, RunsOfAProfileThatIsGoneEnd) {
  const Incoming<BeginReply> begun = Begun();
  sandbox_->PeerLost(ROLE_PROFILE, 0);
  EXPECT_EQ(EndOf(begun.message.run()), WaitReply::END_ASKED);
}

TEST_F(SandboxTest, TheSocketLeadsToTheRunAndNowhereElse) {
  interpreter_.act = EndWhenTold;
  const Incoming<BeginReply> one = Begun(), other = Begun();
  ASSERT_EQ(write(other.fds[0].get(), "x", 1), 1);
  EXPECT_EQ(EndOf(other.message.run()), WaitReply::END_EXIT);
  ASSERT_EQ(write(one.fds[0].get(), "x", 1), 1);
  EXPECT_EQ(EndOf(one.message.run()), WaitReply::END_EXIT);
}

}  // namespace
}  // namespace zoobar
