// The window of a channel, and deadlines.
#include <gmock/gmock.h>

#include "connected_channels.h"

namespace zoobar {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ChannelTest, ManyCallsShareReadsAndWrites) {
  for (int i = 0; i < 1000; ++i) Spawn(Say(std::string(static_cast<std::size_t>(i), 'x'), ""));
  Turn();
  EXPECT_EQ(answers_.size(), 1000u);
}

TEST_F(ChannelTest, ACallPastTheWindowWaitsForItsTurn) {
  constexpr std::size_t kCalls = 3 * Channel::kMaxInFlight;
  for (std::size_t i = 0; i < kCalls; ++i) Spawn(Say("x", ""));
  Turn();
  EXPECT_EQ(answers_.size(), kCalls);
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelTest, ACallPastThoseThatMayWaitFailsAtOnceAndSaysSo) {
  for (std::size_t i = 0; i < Channel::kMaxInFlight + Channel::kMaxWaiting + 1; ++i) Spawn(Say("x", ""));
  EXPECT_THAT(errors_, testing::ElementsAre("Echo.Say: 4096 calls to echo wait already"));
  EXPECT_THAT(causes_, testing::ElementsAre(Cause::kBusy));
  Turn();
  EXPECT_EQ(answers_.size(), Channel::kMaxInFlight + Channel::kMaxWaiting);
}

TEST_F(ChannelTest, CallsThatTimedOutStillFillTheWindowSoThatTheCalleeNeverSeesMore) {
  EchoHandler::Forever forever(echo_);
  for (std::size_t i = 0; i < Channel::kMaxInFlight + 10; ++i) Spawn(SayWithin("forever", 2000));
  RunUntil([&] { return echo_.ends.size() == Channel::kMaxInFlight; });
  RunUntil([&] { return errors_.size() == Channel::kMaxInFlight + 10; });
  Spawn(SayWithin("one more", 1));
  RunUntil([&] { return errors_.size() == Channel::kMaxInFlight + 11; });
  EXPECT_THAT(errors_.back(), HasSubstr("the window had no room"));
  EXPECT_THAT(server_saw_, IsEmpty());
  EXPECT_TRUE(client_->open());
  forever.End();
  Turn();
  Spawn(Say("again", ""));
  Turn();
  EXPECT_THAT(answers_, testing::ElementsAre("again/"));
}

TEST_F(ChannelPair, HoweverManyCallsLastTheQuickOnesFindRoom) {
  Service service;
  AuthHandler auth(service);
  Connect(ROLE_LOGIN, ROLE_AUTH, &service);
  std::size_t in = 0, checked = 0;
  const auto login = [&]() -> Task<void> {
    auto call = client_->Call<LoginReply>(LoginRequest());
    const Result<Incoming<LoginReply>> reply = co_await call;
    in += reply.ok() ? 1 : 0;
  };
  const auto check = [&]() -> Task<void> {
    auto call = client_->Call<CheckReply>(CheckRequest());
    const Result<Incoming<CheckReply>> reply = co_await call;
    checked += reply.ok() ? 1 : 0;
  };
  constexpr std::size_t kLogins = 2 * Channel::kMaxInFlight;
  for (std::size_t i = 0; i < kLogins; ++i) Spawn(login());
  RunUntil([&] { return auth.logins.size() == Channel::kMaxInFlight / 4 * 3; });
  for (int i = 0; i < 10; ++i) Spawn(check());
  RunUntil([&] { return checked == 10; });
  EXPECT_EQ(in, 0u);
  EXPECT_EQ(auth.logins.size(), Channel::kMaxInFlight / 4 * 3);
  while (in < kLogins) {
    for (const auto& end : std::exchange(auth.logins, {})) end->Set(true);
    Turn();
  }
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelPair, ACallWhoseDeadlinePassedBeforeItCouldStartIsNotStarted) {
  Service service;
  EchoHandler echo(service);
  std::vector<std::string> late;
  Channel::Events events = Note(server_saw_, server_closed_);
  events.on_late = [&](const Method& method) { late.push_back(method.name()); };
  client_ = std::make_unique<Channel>(loop_, std::move(left_), ROLE_APP, Caller{ROLE_ECHO, 0}, nullptr,
                                      Note(client_saw_, client_closed_));
  Spawn(SayWithin("too late", 1));
  RunUntil([&] { return errors_.size() == 1; });
  server_ =
      std::make_unique<Channel>(loop_, std::move(right_), ROLE_ECHO, Caller{ROLE_APP, 0}, &service, std::move(events));
  Turn();
  EXPECT_EQ(echo.calls, 0);
  EXPECT_THAT(late, testing::ElementsAre("Echo.Say"));
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelTest, TheHandlerIsToldTheDeadlineAndAPeerCannotAskForMoreThanTheMethodHas) {
  const std::int64_t now = MonotonicMicros();
  Spawn(SayWithin("soon", 1000));
  Turn();
  EXPECT_GE(echo_.deadline, now + 1000000);
  EXPECT_LE(echo_.deadline, MonotonicMicros() + 1000000);
  Spawn(SayWithin("in a year", 365LL * 86400 * 1000));
  Turn();
  EXPECT_LE(echo_.deadline, MonotonicMicros() + 5000000);
}

TEST_F(ChannelTest, AnswersThatNobodyReadsStopFurtherCallsFromStartingAndAccuseNobody) {
  constexpr std::size_t kCalls = 30;  // their answers are 6 MB, over the bound of the queue of answers
  const std::string large(200000, 'x');
  for (std::size_t i = 0; i < kCalls; ++i) Spawn(Say(large, ""));
  RunUntil([&] { return answers_.size() + errors_.size() == kCalls; });
  // The first calls are over at once. On a machine that is busy with other work, the deadline of later ones may pass.
  EXPECT_GE(answers_.size(), kCalls / 3);
  for (const std::string& error : errors_) {
    EXPECT_THAT(error, AnyOf("Echo.Say: no answer in time", "Echo.Say: the window had no room before the deadline"));
  }
  EXPECT_THAT(server_saw_, IsEmpty());
  EXPECT_THAT(client_saw_, IsEmpty());
}

}  // namespace
}  // namespace zoobar
