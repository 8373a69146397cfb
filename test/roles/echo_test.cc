#include "roles/echo.h"

#include <gtest/gtest.h>

#include "site/fake_site.h"

namespace zoobar {
namespace {

class EchoTest : public testing::Test {
 protected:
  Result<Incoming<SayReply>> Say(Role caller, std::string text) {
    const std::shared_ptr<Channel> channel = site_.CallAs(caller, ROLE_ECHO);
    SayRequest request;
    request.set_text(std::move(text));
    return site_.Wait(channel->Call<SayReply>(request));
  }

  FakeSite site_;
  Echo echo_{site_};
};

TEST_F(EchoTest, SaysWhatItWasTold) {
  for (const std::string text : {"", "hello", "<b>", "\xc3\xa9"}) {
    const Result<Incoming<SayReply>> reply = Say(ROLE_APP, text);
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->message.text(), text);
  }
}

TEST_F(EchoTest, TextOver64KiBIsAnErrorAndTheNextIsAnswered) {
  EXPECT_TRUE(Say(ROLE_APP, std::string(64 * 1024, 'x')).ok());
  EXPECT_FALSE(Say(ROLE_APP, std::string(64 * 1024 + 1, 'x')).ok());
  EXPECT_TRUE(Say(ROLE_APP, "x").ok());
}

TEST_F(EchoTest, OnlyAppMayCall) {
  EXPECT_FALSE(Say(ROLE_PROFILE, "x").ok());
  EXPECT_EQ(site_.misbehaviours.size(), 1u);
}

}  // namespace
}  // namespace zoobar
