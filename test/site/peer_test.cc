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

}  // namespace
}  // namespace zoobar
