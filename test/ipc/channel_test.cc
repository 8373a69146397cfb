#include "ipc/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "auth.pb.h"
#include "echo.pb.h"
#include "static.pb.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class EchoHandler {
 public:
  explicit EchoHandler(Service& service) { service.Handle(&EchoHandler::Say, this); }
  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call) {
    ++calls;
    deadline = call.deadline;
    if (call.message.text() == "fail") co_return Error{"it failed"};
    if (call.message.text() == "no room") co_return Error{"it has no room", Cause::kNoRoom};
    if (call.message.text() == "never") co_await never;
    if (call.message.text() == "forever") {
      const auto end = std::make_shared<Promised<bool>>();
      ends.push_back(end);
      Promised<bool>& ended = *end;
      co_await ended;
    }
    SayReply reply;
    reply.set_text(call.message.text() == "large" ? std::string(Channel::kMaxBody, 'x') : call.message.text());
    Outgoing<SayReply> answer(reply);
    answer.secret = std::move(call.secret);
    co_return answer;
  }
  // Ends what waits for ever, at the latest when it goes.
  class Forever {
   public:
    explicit Forever(EchoHandler& echo) : echo_(echo) {}
    ~Forever() { End(); }
    void End() {
      for (const auto& end : std::exchange(echo_.ends, {})) end->Set(true);
    }

   private:
    EchoHandler& echo_;
  };

  int calls = 0;
  std::int64_t deadline = 0;
  Promised<bool> never;
  std::vector<std::shared_ptr<Promised<bool>>> ends;
};

class StaticHandler {
 public:
  explicit StaticHandler(Service& service) { service.Handle(&StaticHandler::Open, this); }
  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest>) {
    Outgoing<OpenReply> answer{OpenReply()};
    for (int i = 0; i < fds; ++i) answer.fds.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    co_return answer;
  }
  int fds = 2;
};

// Log-ins wait for ever, checks do not.
class AuthHandler {
 public:
  explicit AuthHandler(Service& service) {
    service.Handle(&AuthHandler::Login, this);
    service.Handle(&AuthHandler::Check, this);
  }
  Task<Result<Outgoing<LoginReply>>> Login(Incoming<LoginRequest>) {
    const auto end = std::make_shared<Promised<bool>>();
    logins.push_back(end);
    Promised<bool>& ended = *end;
    co_await ended;
    co_return LoginReply();
  }
  Task<Result<Outgoing<CheckReply>>> Check(Incoming<CheckRequest>) { co_return CheckReply(); }

  std::vector<std::shared_ptr<Promised<bool>>> logins;
};

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    left_ = Fd(pair[0]);
    right_ = Fd(pair[1]);
  }
  ~ChannelTest() override {
    client_.reset();
    server_.reset();
    Turn();
  }

  Channel::Events Note(std::string& misbehaviour, bool& closed) {
    Channel::Events events;
    events.on_misbehaviour = [&](const std::string& how) { misbehaviour = how; };
    events.on_closed = [&] { closed = true; };
    return events;
  }
  void Connect(Role client, Role server, const Service* service) {
    client_ = std::make_unique<Channel>(loop_, std::move(left_), client, Caller{server, 0}, nullptr,
                                        Note(client_saw_, client_closed_));
    server_ = std::make_unique<Channel>(loop_, std::move(right_), server, Caller{client, 0}, service,
                                        Note(server_saw_, server_closed_));
  }
  void Turn() {
    for (int i = 0; i < 50; ++i) loop_.RunOnce();
  }

  Task<void> Say(std::string text, std::string secret) {
    SayRequest request;
    request.set_text(std::move(text));
    Bytes bytes = ToBytes(secret);
    Result<Incoming<SayReply>> reply = co_await client_->Call<SayReply>(std::move(request), std::move(bytes));
    if (reply.ok()) {
      answers_.push_back(reply->message.text() + "/" + std::string(View(reply->secret)));
    } else {
      errors_.push_back(reply.error().text);
      causes_.push_back(reply.error().cause);
    }
  }

  Task<void> SayWithin(std::string text, std::int64_t milliseconds) {
    SayRequest request;
    request.set_text(std::move(text));
    const std::int64_t deadline = MonotonicMicros() + milliseconds * 1000;
    auto saying = client_->Call<SayReply>(std::move(request), Bytes(), std::vector<Fd>(), deadline);
    const Result<Incoming<SayReply>> reply = co_await saying;
    if (!reply.ok()) errors_.push_back(reply.error().text);
  }
  void RunUntil(const std::function<bool()>& reached) {
    while (!reached()) uv_run(loop_.uv(), UV_RUN_ONCE);
  }

  Loop loop_;
  Fd left_, right_;
  std::unique_ptr<Channel> client_, server_;
  std::string client_saw_, server_saw_;
  bool client_closed_ = false, server_closed_ = false;
  std::vector<std::string> answers_, errors_;
  std::vector<Cause> causes_;  // of Say's errors
};

TEST_F(ChannelTest, CarriesACallItsSecretAndItsAnswer) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  Spawn(Say("hello", "secret"));
  Turn();
  EXPECT_THAT(answers_, testing::ElementsAre("hello/secret"));
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelTest, ManyCallsShareReadsAndWrites) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  for (int i = 0; i < 1000; ++i) Spawn(Say(std::string(static_cast<std::size_t>(i), 'x'), ""));
  Turn();
  EXPECT_EQ(answers_.size(), 1000u);
}

TEST_F(ChannelTest, ACallPastTheWindowWaitsForItsTurn) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  constexpr std::size_t kCalls = 3 * Channel::kMaxInFlight;
  for (std::size_t i = 0; i < kCalls; ++i) Spawn(Say("x", ""));
  Turn();
  EXPECT_EQ(answers_.size(), kCalls);
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelTest, ACallPastThoseThatMayWaitFailsAtOnceAndSaysSo) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  for (std::size_t i = 0; i < Channel::kMaxInFlight + Channel::kMaxWaiting + 1; ++i) Spawn(Say("x", ""));
  EXPECT_THAT(errors_, testing::ElementsAre("Echo.Say: 4096 calls wait for echo already"));
  EXPECT_THAT(causes_, testing::ElementsAre(Cause::kBusy));
  Turn();
  EXPECT_EQ(answers_.size(), Channel::kMaxInFlight + Channel::kMaxWaiting);
}

TEST_F(ChannelTest, CallsThatTimedOutStillFillTheWindowSoThatTheCalleeNeverSeesMore) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  EchoHandler::Forever forever(echo);
  for (std::size_t i = 0; i < Channel::kMaxInFlight + 10; ++i) Spawn(SayWithin("forever", 2000));
  RunUntil([&] { return echo.ends.size() == Channel::kMaxInFlight; });
  RunUntil([&] { return errors_.size() == Channel::kMaxInFlight + 10; });
  Spawn(SayWithin("one more", 1));
  RunUntil([&] { return errors_.size() == Channel::kMaxInFlight + 11; });
  EXPECT_THAT(errors_.back(), HasSubstr("no place for it in time"));
  EXPECT_THAT(server_saw_, IsEmpty());
  EXPECT_TRUE(client_->open());
  forever.End();
  Turn();
  Spawn(Say("again", ""));
  Turn();
  EXPECT_THAT(answers_, testing::ElementsAre("again/"));
}

TEST_F(ChannelTest, HoweverManyCallsLastTheQuickOnesFindRoom) {
  Service service;
  AuthHandler auth(service);
  Connect(ROLE_APP, ROLE_AUTH, &service);
  std::size_t in = 0, checked = 0;
  const auto login = [&]() -> Task<void> {
    auto calling = client_->Call<LoginReply>(LoginRequest());
    const Result<Incoming<LoginReply>> reply = co_await calling;
    in += reply.ok() ? 1 : 0;
  };
  const auto check = [&]() -> Task<void> {
    auto calling = client_->Call<CheckReply>(CheckRequest());
    const Result<Incoming<CheckReply>> reply = co_await calling;
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

TEST_F(ChannelTest, ACallWhoseDeadlinePassedBeforeItCouldStartIsNotStarted) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  std::vector<std::string> late;
  server_.reset();
  client_.reset();
  Turn();
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  left_ = Fd(pair[0]);
  Channel::Events events = Note(server_saw_, server_closed_);
  events.on_late = [&](const Method& method) { late.push_back(method.name()); };
  client_ = std::make_unique<Channel>(loop_, std::move(left_), ROLE_APP, Caller{ROLE_ECHO, 0}, nullptr,
                                      Note(client_saw_, client_closed_));
  Spawn(SayWithin("too late", 1));
  RunUntil([&] { return errors_.size() == 1; });
  server_ = std::make_unique<Channel>(loop_, Fd(pair[1]), ROLE_ECHO, Caller{ROLE_APP, 0}, &service, std::move(events));
  Turn();
  EXPECT_EQ(echo.calls, 0);
  EXPECT_THAT(late, testing::ElementsAre("Echo.Say"));
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelTest, TheHandlerIsToldTheDeadlineAndAPeerCannotAskForMoreThanTheMethodHas) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  const std::int64_t now = MonotonicMicros();
  Spawn(SayWithin("soon", 1000));
  Turn();
  EXPECT_GE(echo.deadline, now + 1000000);
  EXPECT_LE(echo.deadline, MonotonicMicros() + 1000000);
  Spawn(SayWithin("in a year", 365LL * 86400 * 1000));
  Turn();
  EXPECT_LE(echo.deadline, MonotonicMicros() + 5000000);
}

TEST_F(ChannelTest, AnswersThatNobodyReadsStopFurtherCallsFromStartingAndAccuseNobody) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  const std::string large(200000, 'x');  // sixty of them are past every bound of the answers' queue
  for (int i = 0; i < 60; ++i) Spawn(Say(large, ""));
  RunUntil([&] { return answers_.size() + errors_.size() == 60; });
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(server_saw_, IsEmpty());
  EXPECT_THAT(client_saw_, IsEmpty());
}

TEST_F(ChannelTest, ARequestOrAnAnswerThatCannotBeReceivedFailsItsOwnCall) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  Spawn(Say(std::string(Channel::kMaxBody + 1, 'x'), ""));
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("over 1048576")));
  Spawn(Say("large", ""));  // whose answer is over the bound
  Turn();
  EXPECT_EQ(errors_.size(), 2u);
  Spawn(Say("still there", ""));
  Turn();
  EXPECT_THAT(answers_, testing::ElementsAre("still there/"));
  EXPECT_TRUE(server_->open());
}

TEST_F(ChannelTest, ACallerThatIsNotListedIsMisbehaving) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_BANK, ROLE_ECHO, &service);
  Spawn(Say("hello", ""));
  Turn();
  EXPECT_EQ(echo.calls, 0);
  EXPECT_THAT(server_saw_, HasSubstr("bank may not call Echo.Say"));
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("closed")));
  EXPECT_TRUE(client_closed_);
}

TEST_F(ChannelTest, AHandlersErrorCrossesAsUnavailableWithoutItsText) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  Spawn(Say("fail", ""));
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre("Echo.Say is unavailable"));
}

TEST_F(ChannelTest, WhatIsKnownBeyondAnErrorsTextCrosses) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  for (const char* text : {"fail", "no room", "never"}) Spawn(Say(text, ""));
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre("Echo.Say is unavailable", "Echo.Say is unavailable"));
  server_.reset();
  Turn();
  Spawn(Say("too late", ""));
  EXPECT_THAT(causes_, testing::ElementsAre(Cause::kOther, Cause::kNoRoom, Cause::kGone, Cause::kGone));
  echo.never.Set(true);
}

TEST_F(ChannelTest, CallsInFlightFailWhenThePeerGoes) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  Spawn(Say("never", ""));
  Turn();
  EXPECT_THAT(errors_, IsEmpty());
  server_.reset();
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("closed")));
  EXPECT_TRUE(client_closed_);
  echo.never.Set(true);
}

TEST_F(ChannelTest, AChannelGivenUpFailsItsCallsAndTellsNothing) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  Spawn(Say("never", ""));
  Turn();
  client_->Close();
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("closed")));
  EXPECT_FALSE(client_closed_);
  EXPECT_TRUE(server_closed_);
  echo.never.Set(true);
}

TEST_F(ChannelTest, AChannelGivenUpInTheTurnInWhichItsEndWasSeenTellsNothing) {
  Service service;
  EchoHandler echo(service);
  Connect(ROLE_APP, ROLE_ECHO, &service);
  Turn();
  server_.reset();
  loop_.AtEndOfTurn([this] { client_->Close(); });
  loop_.RunOnce();
  EXPECT_FALSE(client_->open());
  Turn();
  EXPECT_FALSE(client_closed_);
}

TEST_F(ChannelTest, DescriptorsArriveWithTheirFrames) {
  Service service;
  StaticHandler files(service);
  Connect(ROLE_DISPATCHER, ROLE_STATIC, &service);
  int received = 0;
  auto open_one = [&]() -> Task<void> {
    Result<Incoming<OpenReply>> reply = co_await client_->Call<OpenReply>(OpenRequest());
    if (reply.ok()) {
      for (const Fd& fd : reply->fds) received += fcntl(fd.get(), F_GETFD) == FD_CLOEXEC;
    }
  };
  for (int i = 0; i < 200; ++i) Spawn(open_one());
  Turn();
  EXPECT_EQ(received, 400);
  EXPECT_THAT(client_saw_, IsEmpty());
}

TEST_F(ChannelTest, DescriptorsBySurpriseAreMisbehaviour) {
  Service service;
  StaticHandler files(service);
  files.fds = 3;
  Connect(ROLE_DISPATCHER, ROLE_STATIC, &service);
  auto open_one = [&]() -> Task<void> {
    Result<Incoming<OpenReply>> reply = co_await client_->Call<OpenReply>(OpenRequest());
    if (!reply.ok()) errors_.push_back(reply.error().text);
  };
  Spawn(open_one());
  Turn();
  EXPECT_THAT(client_saw_, HasSubstr("descriptors with the answer"));
  EXPECT_EQ(errors_.size(), 1u);
}

// Raw bytes from a hostile peer: each ends the channel and nothing else.
class HostileBytes : public ChannelTest, public testing::WithParamInterface<std::pair<const char*, std::string>> {};

std::string Frame(std::uint32_t body, std::uint32_t secret, std::uint32_t id, std::uint32_t method, char kind, char fds,
                  const std::string& rest = "", char cause = 0, char reserved = 0) {
  std::string frame;
  for (std::uint32_t value : {body, secret, id, method}) {
    for (int i = 0; i < 4; ++i) frame.push_back(static_cast<char>(value >> (8 * i)));
  }
  frame += {kind, fds, cause, reserved};
  frame += std::string(8, '\0');  // no deadline
  return frame + rest;
}

constexpr std::uint32_t kSay = ROLE_ECHO << 8;

TEST_P(HostileBytes, CloseTheChannel) {
  Service service;
  EchoHandler echo(service);
  server_ = std::make_unique<Channel>(loop_, std::move(right_), ROLE_ECHO, Caller{ROLE_APP, 0}, &service,
                                      Note(server_saw_, server_closed_));
  const std::string& bytes = GetParam().second;
  ASSERT_EQ(write(left_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  Turn();
  EXPECT_FALSE(server_->open());
  EXPECT_THAT(server_saw_, HasSubstr(GetParam().first));
  EXPECT_EQ(echo.calls, 0);
}

INSTANTIATE_TEST_SUITE_P(Frames, HostileBytes,
                         testing::Values(std::pair("out of bounds", Frame(0xffffffff, 0, 1, kSay, 1, 0)),
                                         std::pair("out of bounds", Frame(0, 0x7fffffff, 1, kSay, 1, 0)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 5)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 0, "", 1)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 1, 0, "", 0, 1)),
                                         std::pair("out of bounds", Frame(0, 0, 1, kSay, 3, 0, "", 4)),
                                         std::pair("without the descriptors", Frame(0, 0, 1, kSay, 1, 1)),
                                         std::pair("no method", Frame(0, 0, 1, kSay + 77, 1, 0)),
                                         std::pair("not served here", Frame(0, 0, 1, ROLE_BANK << 8, 1, 0)),
                                         std::pair("kind", Frame(0, 0, 1, kSay, 9, 0)),
                                         std::pair("answer 7 to no call", Frame(0, 0, 7, kSay, 2, 0)),
                                         std::pair("malformed Echo.Say", Frame(2, 0, 1, kSay, 1, 0, "\xff\xff"))));

TEST(Methods, EachHasCallersAndSpellsItsOwnName) {
  for (const Method& method : AllMethods()) {
    EXPECT_NE(method.callers, 0u) << method.name();
    EXPECT_EQ(MethodByNumber(method.number), &method);
    EXPECT_EQ(&MethodForRequest(method.descriptor->input_type()), &method);
  }
}

TEST(Methods, OnlyPairsThatMayCallAreWired) {
  EXPECT_TRUE(MayTalk(ROLE_APP, ROLE_BANK));
  EXPECT_TRUE(MayTalk(ROLE_ECHO, ROLE_APP));
  EXPECT_FALSE(MayTalk(ROLE_STATIC, ROLE_BANK));
  EXPECT_FALSE(MayTalk(ROLE_DISPATCHER, ROLE_AUTH));
  EXPECT_FALSE(MayTalk(ROLE_SANITIZER, ROLE_AUTH));
}

}  // namespace
}  // namespace zoobar
