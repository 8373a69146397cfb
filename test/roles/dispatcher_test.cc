#include "roles/dispatcher.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "roles/fake_site.h"

namespace zoobar {
namespace {

// app as the dispatcher sees it: keeps what it is handed.
class FakeApp {
 public:
  FakeApp() { service.Handle(&FakeApp::Serve, this); }
  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call) {
    handed.push_back(
        {call.message.connection(), call.message.address(), std::string(View(call.secret)), std::move(call.fds.at(0))});
    if (hold) {
      const auto acknowledged = std::make_shared<Promised<bool>>();
      held.push_back(acknowledged);
      Promised<bool>& arrived = *acknowledged;
      co_await arrived;
    }
    ServeReply reply;
    co_return reply;
  }
  struct Handed {
    std::uint64_t number;
    std::string address, unread;
    Fd socket;
  };
  Service service;
  std::vector<Handed> handed;
  bool hold = false;  // acknowledge later
  std::deque<std::shared_ptr<Promised<bool>>> held;
};

// static, with files made on the spot.
class FakeStatic {
 public:
  FakeStatic() { service.Handle(&FakeStatic::Open, this); }
  Task<Result<Outgoing<OpenReply>>> Open(Incoming<OpenRequest> call) {
    ++calls;
    OpenReply reply;
    reply.set_outcome(OpenReply::OUTCOME_NOT_FOUND);
    const auto found = files.find(call.message.path());
    if (found == files.end()) co_return reply;
    reply.set_outcome(OpenReply::OUTCOME_OPENED);
    const auto gzip = files.find(call.message.path() + ".gz");
    reply.set_has_gzip(gzip != files.end());
    Outgoing<OpenReply> answer(reply);
    answer.fds.push_back(Make(found->second));
    if (gzip != files.end()) answer.fds.push_back(Make(gzip->second));
    co_return answer;
  }
  Fd Make(const std::string& content) const {
    char name[] = "/tmp/zoobar-file-XXXXXX";
    Fd writable(mkstemp(name));
    std::ofstream(name) << content;
    Fd file(open(name, flags | O_CLOEXEC));
    unlink(name);
    return file;
  }
  Service service;
  std::map<std::string, std::string> files;
  int flags = O_RDONLY;
  int calls = 0;
};

class DispatcherRole : public testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    site_.settings.mutable_http();
    AddRoutes("app", {"/zoobar/index.cgi", "/zoobar/index.cgi/"});
    AddRoutes("static", {"/zoobar/media/", "/favicon.ico"});
  }
  void TearDown() override {
    for (int i = 0; i < 10; ++i) site_.loop().RunOnce();  // lets acknowledgements arrive
    app_channel_.reset();
    dispatcher_.reset();
  }
  void AddRoutes(const std::string& role, const std::vector<std::string>& routes) {
    auto* row = site_.settings.add_role();
    row->set_name(role);
    for (const std::string& route : routes) row->add_route(route);
  }
  void Begin(std::size_t open_files = 4096, bool with_app = true) {
    Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address_), size), 0);
    ASSERT_EQ(listen(listener.get(), 512), 0);
    getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address_), &size);
    site_.passed["listener.0"] = std::move(listener);
    if (with_app) site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
    site_.Connect(ROLE_DISPATCHER, ROLE_STATIC, static_.service);
    dispatcher_ = std::make_unique<Dispatcher>(site_, open_files);
    app_channel_ = site_.CallAs(ROLE_APP, ROLE_DISPATCHER);
  }
  Fd Connect() {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&address_), sizeof(address_)), 0);
    fcntl(client.get(), F_SETFL, O_NONBLOCK);
    return client;
  }
  void Send(const Fd& client, const std::string& text) {
    ASSERT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // Runs the loop until the client has a whole answer or the connection has ended.
  std::string Receive(const Fd& client) {
    std::string text;
    site_.RunUntil([&] { return Arrived(client, &text); });
    return text;
  }
  static bool Arrived(const Fd& client, std::string* text) {
    char block[65536];
    const ssize_t count = recv(client.get(), block, sizeof(block), 0);
    if (count > 0) text->append(block, static_cast<std::size_t>(count));
    const std::size_t end = text->find("\r\n\r\n"), length = text->find("Content-Length: ");
    if (end != std::string::npos && length < end) {
      return text->size() >= end + 4 + static_cast<std::size_t>(std::atoll(text->c_str() + length + 16));
    }
    return end != std::string::npos || count == 0 || (count < 0 && errno != EAGAIN);
  }
  std::string Ask(const Fd& client, const std::string& text) {
    Send(client, text);
    return Receive(client);
  }
  std::string Get(const std::string& path, const std::string& fields = "") {
    return Ask(Connect(), "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  }
  void UntilHanded(std::size_t count) {
    site_.RunUntil([&] { return app_.handed.size() >= count; });
  }
  std::int64_t Count(const std::string& name) { return site_.counters.at(name)(); }
  void GiveBack(std::uint64_t number, bool closed, std::string_view unread = {}) {
    TakeBackRequest request;
    request.set_connection(number);
    request.set_closed(closed);
    request.set_requests(1);
    app_channel_->Send(request, ToBytes(unread));
  }

  FakeSite site_;
  FakeApp app_;
  FakeStatic static_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::shared_ptr<Channel> app_channel_;
  sockaddr_in address_{};
};

int StatusOf(const std::string& answer) { return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0; }
std::string BodyOf(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}
bool Holds(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

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
  const std::string request = "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\npassword=";
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

TEST_F(DispatcherRole, FilesAreAskedForOnceAndServedFromMemory) {
  Begin();
  static_.files["/zoobar/media/a.css"] = "body {}";
  for (int i = 0; i < 3; ++i) {
    const std::string answer = Get("/zoobar/media/a.css");
    EXPECT_EQ(StatusOf(answer), 200);
    EXPECT_EQ(BodyOf(answer), "body {}");
    EXPECT_TRUE(Holds(answer, "Content-Type: text/css; charset=utf-8\r\n"));
    EXPECT_TRUE(Holds(answer, "X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(Holds(answer, "ETag: \""));
    EXPECT_FALSE(Holds(answer, "Vary"));
  }
  EXPECT_EQ(static_.calls, 1);
  EXPECT_EQ(StatusOf(Get("/zoobar/media/none")), 404);
  EXPECT_EQ(StatusOf(Get("/zoobar/media/none")), 404);
  EXPECT_EQ(static_.calls, 2);
}

TEST_F(DispatcherRole, AChangedFileIsAskedForAnew) {
  Begin();
  static_.files["/favicon.ico"] = "old";
  Get("/favicon.ico");
  EXPECT_EQ(StatusOf(Get("/zoobar/media/later")), 404);
  static_.files["/favicon.ico"] = "new";
  static_.files["/zoobar/media/later"] = "there";
  const auto notify = [&](const std::string& path) {
    const auto from_static = site_.CallAs(ROLE_STATIC, ROLE_DISPATCHER);
    FileChangedRequest change;
    change.set_path(path);
    from_static->Send(change);
    for (int i = 0; i < 4; ++i) site_.loop().RunOnce();
  };
  notify("/favicon.ico");
  EXPECT_EQ(BodyOf(Get("/favicon.ico")), "new");
  EXPECT_EQ(StatusOf(Get("/zoobar/media/later")), 404);
  notify("");
  EXPECT_EQ(BodyOf(Get("/zoobar/media/later")), "there");
}

TEST_F(DispatcherRole, LargeFilesAreSentFromTheirDescriptorAndInParts) {
  Begin();
  std::string content;
  for (int i = 0; i < 200000; ++i) content += std::to_string(i % 10);
  static_.files["/zoobar/media/large"] = content;
  EXPECT_EQ(BodyOf(Get("/zoobar/media/large")), content);
  const std::string part = Get("/zoobar/media/large", "Range: bytes=100000-100009\r\n");
  EXPECT_EQ(StatusOf(part), 206);
  EXPECT_EQ(BodyOf(part), "0123456789");
  EXPECT_TRUE(Holds(part, "Content-Range: bytes 100000-100009/200000\r\n"));
  EXPECT_EQ(static_.calls, 1);
}

TEST_F(DispatcherRole, ConditionsRangesAndHeadAreAnswered) {
  Begin();
  static_.files["/favicon.ico"] = "0123456789";
  const std::string whole = Get("/favicon.ico");
  const std::size_t at = whole.find("ETag: ") + 6;
  const std::string etag = whole.substr(at, whole.find("\r\n", at) - at);
  const std::string same = Get("/favicon.ico", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(StatusOf(same), 304);
  EXPECT_FALSE(Holds(same, "Content-Length"));
  EXPECT_TRUE(Holds(same, "ETag: " + etag));
  EXPECT_EQ(BodyOf(Get("/favicon.ico", "Range: bytes=2-4\r\n")), "234");
  const std::string past = Get("/favicon.ico", "Range: bytes=20-\r\n");
  EXPECT_EQ(StatusOf(past), 416);
  EXPECT_TRUE(Holds(past, "Content-Range: bytes */10\r\n"));
  const Fd client = Connect();
  Send(client, "HEAD /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n");
  std::string head;
  site_.RunUntil([&] { return Arrived(client, &head) || Holds(head, "\r\n\r\n"); });
  EXPECT_TRUE(Holds(head, "Content-Length: 10\r\n"));
  EXPECT_EQ(BodyOf(head), "");
}

TEST_F(DispatcherRole, TheGzVariantGoesToThoseWhoTakeIt) {
  Begin();
  static_.files["/favicon.ico"] = "plain";
  static_.files["/favicon.ico.gz"] = "packed";
  const std::string packed = Get("/favicon.ico", "Accept-Encoding: gzip\r\n"), plain = Get("/favicon.ico");
  EXPECT_EQ(BodyOf(packed), "packed");
  EXPECT_TRUE(Holds(packed, "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(Holds(packed, "Vary: Accept-Encoding\r\n"));
  EXPECT_EQ(BodyOf(plain), "plain");
  EXPECT_TRUE(Holds(plain, "Vary: Accept-Encoding\r\n"));
  EXPECT_FALSE(Holds(plain, "Content-Encoding"));
}

TEST_F(DispatcherRole, OnlyReadOnlyFilesAreTakenFromStatic) {
  Begin();
  static_.files["/favicon.ico"] = "icon";
  static_.flags = O_RDWR;
  EXPECT_EQ(StatusOf(Get("/favicon.ico")), 503);
  EXPECT_EQ(site_.lines.Named("static-file-refused").size(), 1u);
}

TEST_F(DispatcherRole, PostsAreForTheAppAlone) {
  Begin();
  const std::string answer = Ask(Connect(), "POST /favicon.ico HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b");
  EXPECT_EQ(StatusOf(answer), 405);
  EXPECT_TRUE(Holds(answer, "Allow: GET, HEAD\r\n"));
}

TEST_F(DispatcherRole, OverTheAddressCapAClientIsToldTheLimit) {
  site_.settings.mutable_http()->set_connections_per_address(2);
  Begin();
  const Fd first = Connect(), second = Connect(), third = Connect();
  const std::string answer = Receive(third);
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_TRUE(Holds(answer, "has the 2 connections"));
  EXPECT_TRUE(Holds(answer, "Retry-After: 5\r\n"));
  EXPECT_EQ(Count("connections"), 2);
  EXPECT_EQ(Count("connections.turned_away"), 1);
}

TEST_F(DispatcherRole, OverTheCapTheOldestIdleConnectionMakesRoom) {
  site_.settings.mutable_http()->set_connections(2);
  Begin();
  const Fd first = Connect(), second = Connect(), third = Connect();
  EXPECT_EQ(StatusOf(Ask(third, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Receive(first), "");
  EXPECT_EQ(StatusOf(Ask(second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 302);
  EXPECT_EQ(Count("connections"), 2);
}

TEST_F(DispatcherRole, WhenNoneIsIdleANewClientIsToldTheCap) {
  site_.settings.mutable_http()->set_connections(1);
  Begin();
  const Fd busy = Connect();
  Send(busy, "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: a\r\n\r\n");
  UntilHanded(1);
  const std::string answer = Receive(Connect());
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_TRUE(Holds(answer, "All 1 connections"));
}

TEST_F(DispatcherRole, DescriptorsAreSharedOutWithinTheirLimit) {
  const DescriptorPlan small = DescriptorPlan::For(12000, 1024), large = DescriptorPlan::For(12000, 16384),
                       tiny = DescriptorPlan::For(12000, 32);
  EXPECT_LT(small.connections + small.files + small.in_flight, 1024u);
  EXPECT_LE(small.in_flight, 1024u / 4);
  EXPECT_EQ(large.connections, 12000u);
  EXPECT_GE(tiny.connections, 1u);
}

TEST_F(DispatcherRole, DescriptorsNotAcknowledgedAreBounded) {
  site_.Connect(ROLE_DISPATCHER, ROLE_APP, app_.service);
  Handover handover(site_, 2, {.on_back = {}, .on_unserved = {}, .on_ended = [](const Client&) {}});
  app_.hold = true;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    close(pair[1]);
    Client client;
    client.number = number;
    handover.Send(client, Fd(pair[0]), {});
  }
  UntilHanded(2);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
  EXPECT_EQ(app_.handed.size(), 2u);
  EXPECT_EQ(handover.waiting(), 3u);
  app_.hold = false;
  while (!app_.held.empty()) {
    const auto acknowledged = app_.held.front();
    app_.held.pop_front();
    acknowledged->Set(true);
  }
  UntilHanded(5);
  EXPECT_EQ(handover.size(), 5u);
  for (int i = 0; i < 10; ++i) site_.loop().RunOnce();
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
  config.mutable_role(0)->set_name("bank");
  EXPECT_FALSE(RouteTable::From(config).ok());
}

}  // namespace
}  // namespace zoobar
