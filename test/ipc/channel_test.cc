// Calls over a channel: what arrives, what fails, and what is misbehaviour.
#include <gmock/gmock.h>

#include "connected_channels.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ChannelTest, CarriesACallItsSecretAndItsAnswer) {
  Spawn(Say("hello", "secret"));
  Turn();
  EXPECT_THAT(answers_, testing::ElementsAre("hello/secret"));
  EXPECT_THAT(server_saw_, IsEmpty());
}

TEST_F(ChannelTest, ARequestOrAnAnswerThatCannotBeReceivedFailsItsOwnCall) {
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

TEST_F(ChannelPair, ACallerThatIsNotListedIsMisbehaving) {
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
  Spawn(Say("fail", ""));
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre("Echo.Say is unavailable"));
}

TEST_F(ChannelTest, WhatIsKnownBeyondAnErrorsTextCrosses) {
  for (const char* text : {"fail", "no room", "never"}) Spawn(Say(text, ""));
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre("Echo.Say is unavailable", "Echo.Say is unavailable"));
  server_.reset();
  Turn();
  Spawn(Say("too late", ""));
  EXPECT_THAT(causes_, testing::ElementsAre(Cause::kOther, Cause::kNoRoom, Cause::kGone, Cause::kGone));
  echo_.never.Set(true);
}

TEST_F(ChannelTest, CallsInFlightFailWhenThePeerGoes) {
  Spawn(Say("never", ""));
  Turn();
  EXPECT_THAT(errors_, IsEmpty());
  server_.reset();
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("closed")));
  EXPECT_TRUE(client_closed_);
  echo_.never.Set(true);
}

TEST_F(ChannelTest, AChannelGivenUpFailsItsCallsAndTellsNothing) {
  Spawn(Say("never", ""));
  Turn();
  client_->Close();
  Turn();
  EXPECT_THAT(errors_, testing::ElementsAre(HasSubstr("closed")));
  EXPECT_FALSE(client_closed_);
  EXPECT_TRUE(server_closed_);
  echo_.never.Set(true);
}

TEST_F(ChannelTest, AChannelGivenUpInTheTurnInWhichItsEndWasSeenTellsNothing) {
  Turn();
  server_.reset();
  loop_.AtEndOfTurn([this] { client_->Close(); });
  loop_.RunOnce();
  EXPECT_FALSE(client_->open());
  Turn();
  EXPECT_FALSE(client_closed_);
}

TEST_F(ChannelPair, DescriptorsArriveWithTheirFrames) {
  Service service;
  StaticHandler files(service);
  Connect(ROLE_DISPATCHER, ROLE_STATIC, &service);
  int received = 0;
  auto open_one = [&]() -> Task<void> {
    auto call = client_->Call<OpenReply>(OpenRequest());
    const Result<Incoming<OpenReply>> reply = co_await call;
    if (reply.ok()) {
      for (const Fd& fd : reply->fds) received += fcntl(fd.get(), F_GETFD) == FD_CLOEXEC;
    }
  };
  for (int i = 0; i < 200; ++i) Spawn(open_one());
  Turn();
  EXPECT_EQ(received, 400);
  EXPECT_THAT(client_saw_, IsEmpty());
}

TEST_F(ChannelPair, DescriptorsBySurpriseAreMisbehaviour) {
  Service service;
  StaticHandler files(service);
  files.fds = 3;
  Connect(ROLE_DISPATCHER, ROLE_STATIC, &service);
  auto open_one = [&]() -> Task<void> {
    auto call = client_->Call<OpenReply>(OpenRequest());
    const Result<Incoming<OpenReply>> reply = co_await call;
    if (!reply.ok()) errors_.push_back(reply.error().text);
  };
  Spawn(open_one());
  Turn();
  EXPECT_THAT(client_saw_, HasSubstr("descriptors with the answer"));
  EXPECT_EQ(errors_.size(), 1u);
}

}  // namespace
}  // namespace zoobar
