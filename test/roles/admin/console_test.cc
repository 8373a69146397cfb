// What admin does for the operator's page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keys.pb.h"
#include "roles/admin/fixture.h"

namespace zoobar {
namespace {

// Plays logger.
class Logger {
 public:
  Logger() { service_.Handle(&Logger::Recent, this); }
  Task<Result<Outgoing<RecentReply>>> Recent(Incoming<RecentRequest> call) {
    if (!answers) co_return Error{"ill"};
    RecentReply reply;
    reply.add_lines(RecentRequest::Which_Name(call.message.which()));
    co_return reply;
  }
  const Service& service() const { return service_; }
  bool answers = true;

 private:
  Service service_;
};

class AdminConsoleTest : public AdminFixture {
 protected:
  void MakeWithLogger() {
    admin_ = std::make_unique<Admin>(site_);
    site_.Connect(ROLE_ADMIN, ROLE_LOGGER, logger_.service());
    Roster roster;
    Roster::Entry& entry = *roster.add_entries();
    entry.set_role(ROLE_BANK);
    entry.set_uid(61015);
    admin_->RosterChanged(roster);
    console_ = site_.CallAs(ROLE_CONSOLE, ROLE_ADMIN);
  }
  Bytes SignIn() {
    auto reply = Call<OpenConsoleReply>(console_, OpenConsoleRequest(), kOperatorSecret);
    EXPECT_TRUE(reply.ok() && reply->message.accepted());
    return reply.ok() ? std::move(reply->secret) : Bytes();
  }
  ShowConsoleReply Show(std::string_view token) {
    auto reply = Call<ShowConsoleReply>(console_, ShowConsoleRequest(), token);
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : ShowConsoleReply();
  }

  Logger logger_;
  std::shared_ptr<Channel> console_;
};

TEST_F(AdminConsoleTest, TheRightSecretOpensASessionThatShowsTheSite) {
  MakeWithLogger();
  const Bytes token = SignIn();
  const ShowConsoleReply seen = Show(View(token));
  EXPECT_TRUE(seen.signed_in());
  ASSERT_EQ(seen.roles_size(), 1);
  EXPECT_EQ(seen.roles(0).uid(), 61015u);
  EXPECT_TRUE(seen.knows_lines());
  EXPECT_THAT(seen.alarms(), testing::ElementsAre("WHICH_ALARMS"));
  EXPECT_THAT(seen.programs(), testing::ElementsAre("WHICH_PROGRAMS"));
  EXPECT_EQ(site_.lines.Named("console-opened").size(), 1u);
}

TEST_F(AdminConsoleTest, NobodySeesAnythingWithoutASession) {
  MakeWithLogger();
  for (const std::string& token : {std::string(), std::string(64, '0'), std::string(kOperatorSecret)}) {
    const ShowConsoleReply seen = Show(token);
    EXPECT_FALSE(seen.signed_in());
    EXPECT_EQ(seen.ByteSizeLong(), 0u) << "nothing else is set";
  }
}

TEST_F(AdminConsoleTest, AWrongSecretIsAnAlarmAndOpensNothing) {
  MakeWithLogger();
  auto reply = Call<OpenConsoleReply>(console_, OpenConsoleRequest(), "wrong");
  ASSERT_TRUE(reply.ok());
  EXPECT_FALSE(reply->message.accepted());
  EXPECT_TRUE(reply->secret.empty());
  ASSERT_EQ(site_.lines.Named("console-refused").size(), 1u);
  EXPECT_TRUE(site_.lines.Named("console-refused")[0].security);
  EXPECT_EQ(site_.counters.at("console.sessions")(), 0);
  SignIn();  // the next one is checked again
}

TEST_F(AdminConsoleTest, OneSecretIsCheckedAtATime) {
  MakeWithLogger();
  // A wrong one takes a second. Meanwhile others are turned away without being checked, the right one too.
  bool first_done = false;
  const auto guess = [](std::shared_ptr<Channel> on, bool* done) -> Task<void> {
    OpenConsoleRequest request;
    auto call = on->Call<OpenConsoleReply>(request, ToBytes("wrong"));
    const auto reply = co_await call;
    EXPECT_TRUE(reply.ok() && !reply->message.accepted() && !reply->message.busy());
    *done = true;
  };
  Spawn(guess(console_, &first_done));
  auto second = Call<OpenConsoleReply>(console_, OpenConsoleRequest(), kOperatorSecret);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->message.busy());
  EXPECT_FALSE(second->message.accepted());
  // `zoobar ctl` is checked nevertheless.
  EXPECT_EQ(Authenticate(Connect()), "accepted");
  EXPECT_FALSE(first_done);
  site_.RunUntil([&] { return first_done; });
  SignIn();
}

TEST_F(AdminConsoleTest, ASessionEndsWhenItIsClosed) {
  MakeWithLogger();
  const Bytes one = SignIn(), other = SignIn();
  EXPECT_TRUE(Call<CloseConsoleReply>(console_, CloseConsoleRequest(), View(one)).ok());
  EXPECT_FALSE(Show(View(one)).signed_in());
  EXPECT_TRUE(Show(View(other)).signed_in());
}

TEST_F(AdminConsoleTest, TheRestIsShownWhenLoggerDoesNotAnswer) {
  MakeWithLogger();
  logger_.answers = false;
  const ShowConsoleReply seen = Show(View(SignIn()));
  EXPECT_TRUE(seen.signed_in());
  EXPECT_FALSE(seen.knows_lines());
  EXPECT_EQ(seen.roles_size(), 1);
}

TEST_F(AdminConsoleTest, ConsoleMayCallNothingElseOfAdmin) {
  for (const Method& method : AllMethods()) {
    if (method.number >> 8 != ROLE_ADMIN) continue;
    EXPECT_EQ(method.permits(ROLE_CONSOLE), method.name().ends_with("Console")) << method.name();
    EXPECT_NE(method.permits(ROLE_CONSOLE), method.permits(ROLE_OPERATOR)) << method.name();
  }
}

}  // namespace
}  // namespace zoobar
