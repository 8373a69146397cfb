#include "roles/dispatcher/fixture.h"

namespace zoobar {
namespace {

TEST_F(DispatcherRole, TheRootLeadsToThePages) {
  Begin();
  const std::string answer = Get("/");
  EXPECT_EQ(StatusOf(answer), 302);
  EXPECT_TRUE(Holds(answer, "Location: /zoobar/index.cgi/\r\n"));
}

TEST_F(DispatcherRole, APathOfNobodyIsNotFound) {
  Begin();
  EXPECT_EQ(StatusOf(Get("/nowhere")), 404);
  EXPECT_EQ(StatusOf(Get("/zoobar/index.cgix")), 404);
  EXPECT_EQ(StatusOf(Get("//zoobar/index.cgi/")), 404);
  EXPECT_TRUE(app_.handed.empty());
}

TEST_F(DispatcherRole, AConnectionGoesToAppWithEveryByteReadSoFar) {
  Begin();
  const Fd client = Connect();
  const std::string request = "POST /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nprofile_u";
  Send(client, request);
  UntilHanded(1);
  EXPECT_EQ(app_.handed[0].unread, request);
  EXPECT_EQ(app_.handed[0].address, "127.0.0.1");
  EXPECT_EQ(Count("connections.at_app"), 1);
  ASSERT_EQ(send(app_.handed[0].socket.get(), "hello", 5, MSG_NOSIGNAL), 5);
  char block[5];
  pollfd ready{client.get(), POLLIN, 0};
  ASSERT_EQ(poll(&ready, 1, 5000), 1);
  EXPECT_EQ(recv(client.get(), block, sizeof(block), 0), 5);
}

TEST_F(DispatcherRole, AConnectionGivenBackGoesOn) {
  Begin();
  static_.files["/favicon.ico"] = "icon";
  const Fd client = Connect();
  Send(client, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(1);
  app_.handed[0].socket.Close();
  GiveBack(app_.handed[0].number, false, "GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(BodyOf(Receive(client)), "icon");
  EXPECT_EQ(Count("connections.at_app"), 0);
  Send(client, "GET /zoobar/index.cgi HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(2);
  EXPECT_EQ(app_.handed[0].number, app_.handed[1].number);
}

TEST_F(DispatcherRole, AConnectionAppHasClosedEnds) {
  Begin();
  const Fd client = Connect();
  Send(client, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(1);
  app_.handed[0].socket.Close();
  GiveBack(app_.handed[0].number, true);
  EXPECT_EQ(Receive(client), "");
  EXPECT_EQ(Count("connections"), 0);
}

TEST_F(DispatcherRole, AppCannotGiveBackWhatItDoesNotHave) {
  Begin();
  const Fd idle = Connect();
  site_.RunUntil([&] { return Count("connections") == 1; });
  GiveBack(1, true);
  GiveBack(99, true);
  site_.RunUntil([&] { return site_.errors.size() >= 2; });
  EXPECT_EQ(Count("connections"), 1);
}

TEST_F(DispatcherRole, WhenAppDiesItsConnectionsEnd) {
  Begin();
  const Fd client = Connect(), idle = Connect();
  Send(client, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(1);
  dispatcher_->PeerLost(ROLE_APP, 0);
  EXPECT_EQ(Receive(client), "");
  site_.RunUntil([&] { return Count("connections.accepted") == 2; });
  EXPECT_EQ(Count("connections"), 1);
}

TEST_F(DispatcherRole, ARequestWaitsForAnAppThatIsBeingRestarted) {
  Begin(4096, false);
  const Fd client = Connect();
  Send(client, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.RunUntil([&] { return Count("connections.waiting_for_app") == 1; });
  site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
  dispatcher_->PeerWired(ROLE_APP, 0, 1, Fd());
  UntilHanded(1);
}

TEST_F(DispatcherRole, WithoutAnAppTheClientIsToldToRetry) {
  Begin(4096, false);
  const std::string answer = Get("/zoobar/index.cgi/");
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_TRUE(Holds(answer, "Retry-After: 1\r\n"));
}

// --- Two roles with pages ---

const std::string kLoginPost = "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\npassword=";
const std::string kHomeGet = "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(DispatcherRole, ALoginGoesToLoginAndNoByteOfItToApp) {
  Begin();
  const Fd client = Connect();
  Send(client, kHomeGet);
  UntilHanded(1);
  app_.handed[0].socket.Close();
  GiveBack(app_.handed[0].number, false, kLoginPost.substr(0, 20));
  Send(client, kLoginPost.substr(20));
  UntilLogin(1);
  EXPECT_EQ(login_.handed[0].unread, kLoginPost);
  EXPECT_EQ(login_.handed[0].number, app_.handed[0].number);
  EXPECT_EQ(Count("connections.at_login"), 1);
  EXPECT_EQ(Count("connections.at_app"), 0);
  login_.handed[0].socket.Close();
  GiveBackOver(*login_channel_, login_.handed[0].number, false);
  Send(client, kHomeGet);
  UntilHanded(2);
  EXPECT_EQ(app_.handed[1].unread, kHomeGet);
  EXPECT_TRUE(site_.errors.empty());
}

TEST_F(DispatcherRole, NoRoleCanGiveBackWhatAnotherHas) {
  Begin();
  const Fd login = Connect(), home = Connect();
  Send(login, kLoginPost);
  Send(home, kHomeGet);
  UntilLogin(1);
  UntilHanded(1);
  GiveBack(login_.handed[0].number, true);
  GiveBackOver(*login_channel_, app_.handed[0].number, true);
  site_.RunUntil([&] { return site_.errors.size() >= 2; });
  EXPECT_EQ(Count("connections.at_login"), 1);
  EXPECT_EQ(Count("connections.at_app"), 1);
}

TEST_F(DispatcherRole, ADeadLoginDelaysNoPageOfApp) {
  Begin();
  const Fd at_login = Connect();
  Send(at_login, kLoginPost);
  UntilLogin(1);
  site_.peer(ROLE_LOGIN).Detach(0);
  dispatcher_->PeerLost(ROLE_LOGIN, 0);
  EXPECT_EQ(Receive(at_login), "") << "what login had has ended";
  const Fd waits = Connect(), home = Connect();
  Send(waits, kLoginPost);
  site_.RunUntil([&] { return Count("connections.waiting_for_login") == 1; });
  Send(home, kHomeGet);
  UntilHanded(1);
  EXPECT_EQ(Count("connections.waiting_for_login"), 1) << "login has a second to come back";
  site_.Connect(ROLE_DISPATCHER, ROLE_LOGIN, login_.service);
  dispatcher_->PeerWired(ROLE_LOGIN, 0, 1, Fd());
  UntilLogin(2);
  EXPECT_EQ(login_.handed[1].unread, kLoginPost);
}

TEST_F(DispatcherRole, WithoutALoginTheClientIsToldToRetry) {
  Begin();
  site_.peer(ROLE_LOGIN).Detach(0);
  const std::string answer = Get("/zoobar/index.cgi/login");
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_TRUE(Holds(answer, "Retry-After: 1\r\n"));
}

TEST_F(DispatcherRole, AFullQueueForLoginDelaysNoPageOfApp) {
  Begin(256);  // 32 connections at a time on their way to each role
  login_.hold = true;
  std::vector<Fd> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(Connect());
    Send(clients.back(), kLoginPost);
  }
  site_.RunUntil([&] { return Count("connections.waiting_for_login") > 0; });
  const Fd home = Connect(2);
  Send(home, kHomeGet);
  UntilHanded(1);
  EXPECT_GT(Count("connections.waiting_for_login"), 0);
  login_.hold = false;
  while (!login_.held.empty()) {
    const auto acknowledged = login_.held.front();
    login_.held.pop_front();
    acknowledged->Set(true);
  }
  UntilLogin(clients.size());
}

TEST_F(DispatcherRole, DrainingEndsWhenAppHasGivenBackTheLast) {
  Begin();
  const Fd idle = Connect(), busy = Connect();
  Send(busy, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(1);
  bool done = false;
  dispatcher_->Drain([&done] { done = true; });
  EXPECT_EQ(Receive(idle), "");
  EXPECT_FALSE(done);
  Fd late(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(connect(late.get(), reinterpret_cast<sockaddr*>(&address_), sizeof(address_)), 0);
  GiveBack(app_.handed[0].number, false);
  site_.RunUntil([&] { return done; });
  EXPECT_EQ(Count("connections"), 0);
}

// Only dispatcher is restarted: app goes on with what it has, and dispatcher waits only for what app has not received.
TEST_F(DispatcherRole, LeavingAloneEndsWhenAppHasReceivedTheLast) {
  Begin();
  const Fd at_app = Connect(), on_the_way = Connect();
  Send(at_app, kHomeGet);
  UntilHanded(1);
  login_.hold = true;
  Send(on_the_way, kLoginPost);
  site_.RunUntil([&] { return !login_.held.empty(); });
  bool done = false;
  dispatcher_->Leave();
  dispatcher_->Drain([&done] { done = true; });
  for (int i = 0; i < 20; ++i) site_.loop().RunOnce();
  EXPECT_FALSE(done);
  login_.held.front()->Set(true);
  site_.RunUntil([&] { return done; });
}

TEST_F(DispatcherRole, RequestsAreLoggedWithoutTheirQuery) {
  Begin();
  Get("/?password=secret");
  ASSERT_EQ(site_.lines.accesses.size(), 1u);
  EXPECT_EQ(site_.lines.accesses[0].path(), "/");
  EXPECT_EQ(site_.lines.accesses[0].status(), 302u);
  EXPECT_EQ(site_.lines.accesses[0].address(), "127.0.0.1");
}

TEST_F(DispatcherRole, AClientBehindATrustedProxyIsLoggedAsItself) {
  site_.settings.add_trusted_proxies("127.0.0.0/8");
  Begin();
  Get("/", "X-Forwarded-For: 192.0.2.9\r\n");
  EXPECT_EQ(site_.lines.accesses[0].address(), "192.0.2.9");
}

TEST(Routes, TheLongestThatFitsWins) {
  Config config;
  auto* app = config.add_role();
  app->set_name("app");
  app->add_route("/a/");
  app->add_route("/exact");
  auto* files = config.add_role();
  files->set_name("static");
  files->add_route("/a/files/");
  const auto routes = RouteTable::From(config);
  ASSERT_TRUE(routes.ok());
  EXPECT_EQ(routes->Find("/a/b"), ROLE_APP);
  EXPECT_EQ(routes->Find("/a/"), ROLE_APP);
  EXPECT_EQ(routes->Find("/a"), ROLE_UNSPECIFIED);
  EXPECT_EQ(routes->Find("/a/files/x"), ROLE_STATIC);
  EXPECT_EQ(routes->Find("/exact"), ROLE_APP);
  EXPECT_EQ(routes->Find("/exact/"), ROLE_UNSPECIFIED);
  EXPECT_EQ(routes->Find("/A/b"), ROLE_UNSPECIFIED);
  config.mutable_role(0)->set_name("login");
  EXPECT_EQ(RouteTable::From(config)->Find("/exact"), ROLE_LOGIN);
  config.mutable_role(0)->set_name("bank");
  EXPECT_FALSE(RouteTable::From(config).ok());
}

}  // namespace
}  // namespace zoobar
