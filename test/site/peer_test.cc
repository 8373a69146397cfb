#include <gtest/gtest.h>

#include "echo.pb.h"
#include "site/fake_site.h"

namespace zoobar {
namespace {

// Answers at once, or when `let` is set if `hangs`.
class SlowEcho {
 public:
  explicit SlowEcho(Service& service) { service.Handle(&SlowEcho::Say, this); }
  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call) {
    ++calls;
    if (hangs) co_await let;
    SayReply reply;
    reply.set_text(call.message.text());
    co_return reply;
  }
  bool hangs = false;
  int calls = 0;
  Promised<bool> let;
};

class PeerTest : public testing::Test {
 protected:
  Task<void> Ask() {
    SayRequest request;
    request.set_text("hello");
    auto call = site_.peer(ROLE_ECHO).Call<SayReply>(std::move(request));
    const Result<Incoming<SayReply>> reply = co_await call;
    answered_ = reply.ok();
    done_ = true;
  }
  FakeSite site_;
  bool answered_ = false, done_ = false;
};

TEST_F(PeerTest, ACallInFlightWhenItsPeerIsWiredAnewFailsOrIsAskedAgainAndTheNewChannelStays) {
  Service old_service, new_service;
  SlowEcho old_echo(old_service), new_echo(new_service);
  old_echo.hangs = true;
  site_.Connect(ROLE_APP, ROLE_ECHO, old_service);
  const std::shared_ptr<Channel> old_channel = site_.peer(ROLE_ECHO).Instance(0);
  Spawn(Ask());
  site_.RunUntil([&] { return old_echo.calls == 1; });
  // The runtime does the same when the master's Wire message arrives before the end of the old channel.
  site_.peer(ROLE_ECHO).Detach(0);
  site_.Connect(ROLE_APP, ROLE_ECHO, new_service);
  site_.RunUntil([&] { return done_; });
  EXPECT_FALSE(old_channel->open());
  EXPECT_EQ(site_.peer(ROLE_ECHO).Instance(0)->open(), true);
  done_ = false;
  Spawn(Ask());
  site_.RunUntil([&] { return done_; });
  EXPECT_TRUE(answered_);
  EXPECT_GE(new_echo.calls, 1);
  old_echo.let.Set(true);
  site_.loop().RunOnce();
}

// The master retires a role's process before it restarts it (Master::Leave).
TEST_F(PeerTest, ACallInFlightAtARetiredPeerIsAnsweredAndTheNextOneWaitsForTheNewProcess) {
  Service old_service, new_service;
  SlowEcho old_echo(old_service), new_echo(new_service);
  old_echo.hangs = true;
  site_.Connect(ROLE_APP, ROLE_ECHO, old_service);
  Peer& echo = site_.peer(ROLE_ECHO);
  Spawn(Ask());
  site_.RunUntil([&] { return old_echo.calls == 1; });
  echo.Retire(0);
  EXPECT_EQ(echo.Next(), nullptr);
  EXPECT_FALSE(echo.wired());
  ASSERT_NE(echo.Instance(0), nullptr) << "whoever holds something of it can still tell it";
  old_echo.let.Set(true);
  site_.RunUntil([&] { return done_; });
  EXPECT_TRUE(answered_);

  done_ = answered_ = false;
  Spawn(Ask());
  for (int i = 0; i < 5; ++i) site_.loop().RunOnce();
  EXPECT_FALSE(done_);
  EXPECT_EQ(old_echo.calls, 1);
  echo.Detach(0);
  EXPECT_EQ(echo.Instance(0), nullptr);
  site_.Connect(ROLE_APP, ROLE_ECHO, new_service);
  site_.RunUntil([&] { return done_; });
  EXPECT_TRUE(answered_);
  EXPECT_EQ(new_echo.calls, 1);
}

TEST_F(PeerTest, WithAnotherInstanceCallsGoThere) {
  Service first_service, second_service;
  SlowEcho first(first_service), second(second_service);
  site_.Connect(ROLE_APP, ROLE_ECHO, first_service, 0);
  site_.Connect(ROLE_APP, ROLE_ECHO, second_service, 1);
  site_.peer(ROLE_ECHO).Retire(0);
  for (int i = 0; i < 3; ++i) {
    done_ = false;
    Spawn(Ask());
    site_.RunUntil([&] { return done_; });
  }
  EXPECT_EQ(first.calls, 0);
  EXPECT_EQ(second.calls, 3);
}

}  // namespace
}  // namespace zoobar
