// Listeners with settings of their own: the PROXY protocol, redirects to https. And the challenges of ACME.
#include "http/proxy_headers.h"
#include "roles/dispatcher/fixture.h"

namespace zoobar {
namespace {

constexpr const char* kChallenge = "/.well-known/acme-challenge/abc-DEF_123";

class DispatcherListeners : public DispatcherRole {
 protected:
  void SetUp() override {
    DispatcherRole::SetUp();
    listen_ = site_.settings.add_listen();
    for (auto& row : *site_.settings.mutable_role()) {
      if (row.name() == "static") row.add_route("/.well-known/acme-challenge/");
    }
  }
  void ExpectProxies() {
    listen_->set_proxy_protocol(true);
    site_.settings.add_trusted_proxies("127.0.0.1");
  }
  bool Closed(const Fd& client) {
    char byte;
    const ssize_t count = recv(client.get(), &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }

  Config::Listen* listen_ = nullptr;
};

TEST_F(DispatcherListeners, AConnectionHasTheAddressThatItsProxyNames) {
  ExpectProxies();
  Begin();
  const Fd client = Connect();
  Send(client, ProxyHeaderFor("192.0.2.7"));
  Send(client, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");
  UntilHanded(1);
  EXPECT_EQ(app_.handed[0].address, "192.0.2.7");
  EXPECT_TRUE(app_.handed[0].unread.starts_with("GET /zoobar")) << app_.handed[0].unread;
}

TEST_F(DispatcherListeners, TheAccessLogHasTheAddressThatTheProxyNames) {
  ExpectProxies();
  Begin();
  const std::string request = "GET /none HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n";
  EXPECT_EQ(StatusOf(Ask(Connect(), ProxyHeaderFor("2001:db8::7") + request)), 404);
  ASSERT_EQ(site_.lines.accesses.size(), 1u);
  EXPECT_EQ(site_.lines.accesses[0].address(), "2001:db8::7")
      << "a client is no proxy, so its own field does not count";
}

TEST_F(DispatcherListeners, PlacesAreTheClientsAndNotTheProxys) {
  ExpectProxies();
  site_.settings.mutable_http()->set_connections_per_address(2);
  Begin();
  std::vector<Fd> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(Connect());
    Send(clients.back(), ProxyHeaderFor("192.0.2." + std::to_string(i)));
  }
  site_.RunUntil([&] { return Count("connections") == 6; });
  // A third connection of one client ends its own oldest connection.
  for (int i = 0; i < 2; ++i) {
    clients.push_back(Connect());
    Send(clients.back(), ProxyHeaderFor("192.0.2.0"));
  }
  site_.RunUntil([&] { return Count("connections.gave_way") == 1; });
  EXPECT_TRUE(Closed(clients[0]));
  EXPECT_FALSE(Closed(clients[1]));
}

TEST_F(DispatcherListeners, AStrangerAndAConnectionWithoutHeaderAreClosed) {
  ExpectProxies();
  Begin();
  const Fd stranger = Connect(2);
  Send(stranger, ProxyHeaderFor("192.0.2.7"));
  site_.RunUntil([&] { return Count("connections.from_strangers") == 1; });
  const Fd plain = Connect(1);
  Send(plain, "GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n");
  site_.RunUntil([&] { return Count("connections.header_refused") == 1; });
  EXPECT_TRUE(Closed(stranger));
  EXPECT_TRUE(Closed(plain));
  EXPECT_EQ(Count("requests"), 0);
  EXPECT_EQ(Count("connections"), 0);
}

TEST_F(DispatcherListeners, ARedirectingListenerServesChallengesAlone) {
  listen_->set_redirect_to_https(true);
  listen_->set_https_port(8443);
  Begin();
  static_.files[kChallenge] = "token.thumbprint";
  static_.files["/favicon.ico"] = "icon";
  for (const char* path : {"/favicon.ico", "/zoobar/index.cgi/login?nexturl=/a", "/none", "/", "/.well-known/x"}) {
    const std::string answer = Get(path);
    EXPECT_EQ(StatusOf(answer), 308) << path;
    EXPECT_TRUE(Holds(answer, std::string("Location: https://a:8443") + path + "\r\n")) << answer;
    EXPECT_TRUE(Holds(answer, "Cache-Control: no-store\r\n"));
    EXPECT_FALSE(Holds(answer, "Connection: close"));
  }
  const std::string challenge = Get(kChallenge);
  EXPECT_EQ(StatusOf(challenge), 200);
  EXPECT_EQ(BodyOf(challenge), "token.thumbprint");
  EXPECT_TRUE(app_.handed.empty());
}

// The client will send the same form again, so the form is not read here.
TEST_F(DispatcherListeners, AFormIsRedirectedUnreadAndTheConnectionEnds) {
  listen_->set_redirect_to_https(true);
  Begin();
  const Fd client = Connect();
  const std::string answer =
      Ask(client, "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nlogin_password=x");
  EXPECT_EQ(StatusOf(answer), 308);
  EXPECT_TRUE(Holds(answer, "Location: https://a/zoobar/index.cgi/login\r\n"));
  EXPECT_TRUE(Holds(answer, "Connection: close\r\n"));
  EXPECT_TRUE(app_.handed.empty());
}

TEST_F(DispatcherListeners, WhatCameOverHttpsToATrustedProxyIsServed) {
  listen_->set_redirect_to_https(true);
  site_.settings.add_trusted_proxies("127.0.0.1");
  Begin();
  static_.files["/favicon.ico"] = "icon";
  EXPECT_EQ(StatusOf(Get("/favicon.ico", "X-Forwarded-Proto: https\r\n")), 200);
  EXPECT_EQ(StatusOf(Get("/favicon.ico", "X-Forwarded-Proto: http\r\n")), 308);
}

TEST_F(DispatcherListeners, AChallengeIsPlainTextAndNeverRemembered) {
  Begin();
  EXPECT_EQ(StatusOf(Get(kChallenge)), 404);
  static_.files[kChallenge] = "token.thumbprint";
  const std::string answer = Get(kChallenge);
  EXPECT_EQ(StatusOf(answer), 200) << "it appeared after it had been missing";
  EXPECT_EQ(BodyOf(answer), "token.thumbprint");
  EXPECT_TRUE(Holds(answer, "Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_TRUE(Holds(answer, "Cache-Control: no-store\r\n"));
  static_.files[kChallenge] = "another";
  EXPECT_EQ(BodyOf(Get(kChallenge)), "another");
  static_.files.clear();
  EXPECT_EQ(StatusOf(Get(kChallenge)), 404);
  EXPECT_EQ(static_.calls, 4);
  EXPECT_EQ(Count("files.missing"), 0);
  EXPECT_EQ(Count("challenges.served"), 2);
}

TEST_F(DispatcherListeners, ALargeFileIsNoChallenge) {
  Begin();
  static_.files[kChallenge] = std::string(1025, 'x');
  const std::string answer = Get(kChallenge);
  EXPECT_EQ(StatusOf(answer), 404);
  EXPECT_TRUE(Holds(answer, "1024 bytes")) << answer;
}

TEST_F(DispatcherListeners, ADescriptorThatCouldWriteIsRefused) {
  Begin();
  static_.files[kChallenge] = "token.thumbprint";
  static_.flags = O_RDWR;
  EXPECT_EQ(StatusOf(Get(kChallenge)), 503);
  EXPECT_EQ(site_.lines.Named("static-file-refused").size(), 1u);
}

// One address invents tokens, and static is slow. Another address gets its turn before most of them.
TEST_F(DispatcherListeners, AnAddressThatInventsTokensDelaysNobodyElse) {
  Begin();
  static_.files[kChallenge] = "token.thumbprint";
  static_.hold = true;
  std::vector<Fd> greedy;
  for (int i = 0; i < 40; ++i) {
    greedy.push_back(Connect(2));
    Send(greedy.back(),
         "GET /.well-known/acme-challenge/invented" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  site_.RunUntil([&] { return Count("queue.challenges.waiting") == 38; });
  const Fd honest = Connect(3);
  Send(honest, std::string("GET ") + kChallenge + " HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string answer;
  site_.RunUntil([&] {
    if (!static_.held.empty()) static_.LetOne();
    return Arrived(honest, &answer);
  });
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_LT(static_.calls, 20);
}

// A configuration may give static other routes, and app "/".
TEST_F(DispatcherListeners, AChallengeNeedsNoRoute) {
  for (auto& row : *site_.settings.mutable_role()) {
    if (row.name() == "static") row.clear_route();
    if (row.name() == "app") row.add_route("/");
  }
  Begin();
  static_.files[kChallenge] = "token.thumbprint";
  EXPECT_EQ(BodyOf(Get(kChallenge)), "token.thumbprint");
  EXPECT_TRUE(app_.handed.empty());
}

// The loop could not watch it, and the process would end.
TEST_F(DispatcherListeners, EdgeCannotPassWhatIsNoStreamSocket) {
  Begin();
  const std::shared_ptr<Channel> edge = site_.CallAs(ROLE_EDGE, ROLE_DISPATCHER);
  for (const int kind : {0, static_cast<int>(SOCK_DGRAM)}) {
    AcceptRequest request;
    request.set_address("192.0.2.7");
    std::vector<Fd> fds;
    fds.emplace_back(kind == 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : socket(AF_UNIX, kind | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(fds[0]);
    EXPECT_FALSE(site_.Wait(edge->Call<AcceptReply>(request, Bytes(), std::move(fds))).ok());
  }
  EXPECT_EQ(Count("connections"), 0);
  EXPECT_EQ(StatusOf(Get("/none")), 404) << "it goes on";
}

}  // namespace
}  // namespace zoobar
