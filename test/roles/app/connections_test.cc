#include "roles/app/fixture.h"

namespace zoobar {
namespace {

// --- What is refused ---

TEST_F(AppTest, RefusesWhatItDoesNotServe) {
  EXPECT_THAT(world.Get("nowhere"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(world.Ask("GET /etc/passwd HTTP/1.1\r\nHost: zoobar\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  const std::string posted = world.Post("users", "user=bob", alice);
  EXPECT_THAT(posted, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(posted, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
  EXPECT_THAT(world.Get("users?user=%zz", alice), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(world.Ask("POST /zoobar/index.cgi/ HTTP/1.1\r\nHost: zoobar\r\nContent-Type: text/plain\r\n" + alice +
                        "Content-Length: 16\r\n\r\nprofile_update=x"),
              StartsWith("HTTP/1.1 415 "));
}

TEST_F(AppTest, SaysOfEveryPageWhatItAllows) {
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    for (const char* page : {"", "/", "/transfer", "/account", "/program"}) {
      EXPECT_EQ(Allowed(method, page), "GET, HEAD, POST") << page;
    }
    for (const char* page : {"/users", "/members", "/journal", "/manual", "/zoobarjs", "/echo"}) {
      EXPECT_EQ(Allowed(method, page), "GET, HEAD") << page;
    }
  }
  EXPECT_EQ(Allowed("POST", "/users"), "GET, HEAD");
  EXPECT_THAT(world.Ask("PUT /nowhere HTTP/1.1\r\nHost: zoobar\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(AppTest, RefusesABrowsersPostFromAnotherSite) {
  for (const char* field : {"Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n",
                            "Sec-Fetch-Site: same-site\r\n"}) {
    EXPECT_THAT(world.Post("transfer", "recipient=bob&zoobars=3", alice + field), StartsWith("HTTP/1.1 403 ")) << field;
  }
  EXPECT_EQ(world.balances["id:alice"], 10);
  EXPECT_EQ(world.site.lines.Named("cross-site-post").size(), 4u);
  EXPECT_THAT(world.Post("transfer", "recipient=bob&zoobars=3",
                         alice + "Origin: http://zoobar\r\nSec-Fetch-Site: same-origin\r\n"),
              HasSubstr("Sent 3 zoobars"));
}

TEST_F(AppTest, AnswersHeadWithoutABody) {
  const std::string answer = world.Ask("HEAD /zoobar/index.cgi/ HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n", true);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(Matches(answer, "Content-Length: [1-9]"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(AppTest, SaysWhatIsKnownOfWhyThereIsNoAnswer) {
  const struct {
    Cause cause;
    const char *heading, *text, *retry_after;
  } kCases[] = {{Cause::kNoRoom, "Disk full", "Your request was not carried out", "60"},
                {Cause::kBusy, "The site is busy", "Your request was not carried out", "2"},
                {Cause::kGone, "Back in a moment", "being restarted", "2"},
                {Cause::kOther, "No answer", "Check whether your request was carried out", "2"}};
  for (const auto& each : kCases) {
    world.failing_as = each.cause;
    world.failing = {"Profile.Save"};
    const std::string answer = world.Post("", "profile_update=x&profile_submit=Save", alice);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(answer, HasSubstr(each.heading));
    EXPECT_THAT(answer, HasSubstr(each.text));
    EXPECT_THAT(answer, HasSubstr(std::string("Retry-After: ") + each.retry_after + "\r\n"));
  }
}

TEST_F(AppTest, SaysKindlyThatARoleIsMissing) {
  for (const char* method : {"Auth.Check", "Bank.Balances", "Profile.Get"}) {
    world.failing = {method};
    const std::string answer = world.Get("", alice);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 ")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nRetry-After: 2\r\n"));
    EXPECT_THAT(answer, HasSubstr("Back in a moment"));
    EXPECT_THAT(answer, Not(HasSubstr("not running"))) << "reasons go to the log";
  }
  EXPECT_EQ(world.site.lines.Named("page-unavailable").size(), 3u);
}

// --- Connections ---

TEST_F(AppTest, ServesOneConnectionAfterAnotherRequest) {
  const std::string request = "GET /zoobar/index.cgi/zoobarjs HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n";
  const Fd client = world.Connect(request);
  EXPECT_THAT(world.ReadAnswer(client), HasSubstr("myZoobars"));
  ASSERT_EQ(send(client.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  EXPECT_THAT(world.ReadAnswer(client), HasSubstr("myZoobars"));
  EXPECT_TRUE(world.taken_back.empty());
}

TEST_F(AppTest, GivesAConnectionBackWithEveryByteWhenTheNextRequestIsNotItsOwn) {
  const std::string next = "GET /zoobar/media/zoobar.css HTTP/1.1\r\nHost: zoobar\r\n\r\nGET / HT";
  const Fd client =
      world.Connect("GET /zoobar/index.cgi/zoobarjs HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n" + next, 42);
  EXPECT_THAT(world.ReadAnswer(client), HasSubstr("myZoobars"));
  world.site.RunUntil([&] { return !world.taken_back.empty(); });
  EXPECT_EQ(world.taken_back[0].connection(), 42u);
  EXPECT_FALSE(world.taken_back[0].closed());
  EXPECT_EQ(world.taken_back[0].requests(), 1u);
  EXPECT_EQ(world.taken_back_bytes[0], next);
}

// The trap: a client logs in on a connection that app has kept after a page.
TEST_F(AppTest, GivesAConnectionBackBeforeItHasReadAByteOfAPassword) {
  const std::string page = "GET /zoobar/index.cgi/zoobarjs HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n";
  const std::string form = "login_username=alice&login_password=hunter2hunter2&submit_login=1";
  for (const char* target :
       {"/zoobar/index.cgi/login", "/zoobar/index.cgi/%6cogin", "http://zoobar/zoobar/index.cgi/login",
        "/zoobar/index.cgi/password", "/zoobar/index.cgi/strength"}) {
    world.taken_back.clear();
    world.taken_back_bytes.clear();
    const Fd client = world.Connect(page, 42);
    EXPECT_THAT(world.ReadAnswer(client), HasSubstr("myZoobars"));
    const std::string login = std::string("POST ") + target +
                              " HTTP/1.0\r\nContent-Length:" + std::to_string(form.size()) + "\r\n\r\n" + form;
    ASSERT_EQ(send(client.get(), login.data(), login.size(), 0), static_cast<ssize_t>(login.size()));
    world.site.RunUntil([&] { return !world.taken_back.empty(); });
    EXPECT_FALSE(world.taken_back[0].closed()) << target;
    EXPECT_EQ(world.taken_back_bytes[0], login.substr(0, kFirstBytes)) << target;
    EXPECT_EQ(world.taken_back_bytes[0].find("login_username"), std::string::npos) << target;
  }
}

TEST_F(AppTest, SaysWhenAConnectionHasEnded) {
  Fd client = world.Connect("", 7);
  client.Close();
  world.site.RunUntil([&] { return !world.taken_back.empty(); });
  EXPECT_TRUE(world.taken_back[0].closed());
  EXPECT_EQ(world.taken_back[0].connection(), 7u);
}

TEST_F(AppTest, EndsAConnectionThatWasLetGoWhileItWaitsForItsClient) {
  Fd waits = world.Connect(
      "POST /zoobar/index.cgi/transfer HTTP/1.1\r\nHost: zoobar\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 3\r\n\r\n",
      7);
  Fd stays = world.Connect("", 8);
  world.LetGo(7);
  world.site.RunUntil([&] { return !world.taken_back.empty(); });
  EXPECT_EQ(world.taken_back[0].connection(), 7u);
  EXPECT_TRUE(world.taken_back[0].closed());
  char byte;
  EXPECT_EQ(recv(waits.get(), &byte, 1, 0), 0);
  EXPECT_EQ(recv(stays.get(), &byte, 1, 0), -1);
}

// The dispatcher keeps a place for each connection until app tells it.
TEST_F(AppTest, GivesEveryConnectionBackHoweverLateTheDispatcherReads) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
  Peer& dispatcher = world.site.peer(ROLE_DISPATCHER);
  dispatcher.Detach(0);
  dispatcher.Attach(0, std::make_shared<Channel>(world.site.loop(), Fd(pair[0]), ROLE_APP, Caller{ROLE_DISPATCHER, 0},
                                                 nullptr, Channel::Events()));
  std::string next;
  while (next.size() < 80'000) next += "GET /zoobar/media/zoobar.css HTTP/1.1\r\nHost: zoobar\r\n\r\n";
  constexpr std::size_t kConnections = 2 * Channel::kMaxQueued / 80'000;
  std::vector<Fd> clients;
  for (std::size_t i = 0; i < kConnections; ++i) {
    clients.push_back(
        world.Connect("GET /zoobar/index.cgi/zoobarjs HTTP/1.1\r\nHost: zoobar\r\n" + alice + "\r\n" + next, i + 1));
  }
  world.site.RunUntil([&] { return world.site.counters.at("connections")() == 0; });
  EXPECT_TRUE(world.taken_back.empty());
  const Channel reads(world.site.loop(), Fd(pair[1]), ROLE_DISPATCHER, Caller{ROLE_APP, 0},
                      &world.services().at(ROLE_DISPATCHER), Channel::Events());
  world.site.RunUntil([&] { return world.taken_back.size() == kConnections; });
  for (std::size_t i = 0; i < kConnections; ++i) {
    EXPECT_FALSE(world.taken_back[i].closed());
    EXPECT_EQ(world.taken_back_bytes[i], next);
  }
}

TEST_F(AppTest, TellsANewDispatcherNothingAboutConnectionsOfAnEarlierOne) {
  Fd old = world.Connect("", 7);
  world.body->PeerLost(ROLE_DISPATCHER, 0);
  Fd fresh = world.Connect("", 8);
  old.Close();
  fresh.Close();
  world.site.RunUntil([&] { return !world.taken_back.empty(); });
  ASSERT_EQ(world.taken_back.size(), 1u);
  EXPECT_EQ(world.taken_back[0].connection(), 8u);
}

// --- After a dispatcher's end ---

constexpr const char* kBegun =
    "POST /zoobar/index.cgi/transfer HTTP/1.1\r\nHost: zoobar\r\nCookie: PyZoobarLogin=sessionalice\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n";

bool HasEnded(AppWorld& world, const Fd& client) {
  bool ended = false;
  world.site.RunUntil([&] {
    char byte;
    ended = recv(client.get(), &byte, 1, MSG_PEEK) == 0;
    return true;
  });
  return ended;
}

TEST_F(AppTest, ConnectionsOfADispatcherThatIsGoneEndAndThoseThatWaitForAnAnswerGetItFirst) {
  const Fd idle = world.Connect("", 7), begun = world.Connect(kBegun, 8);
  world.body->PeerLost(ROLE_DISPATCHER, 0);
  EXPECT_EQ(world.ReadAnswer(idle), "") << "closed";
  ASSERT_EQ(send(begun.get(), "a=b", 3, 0), 3);
  const std::string answer = world.ReadAnswer(begun);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(AppTest, ConnectionsOfOtherDispatchersStay) {
  const Fd own = world.Connect("", 7);
  world.body->PeerLost(ROLE_DISPATCHER, 1);
  world.body->PeerLost(ROLE_AUTH, 0);
  EXPECT_FALSE(HasEnded(world, own));
}

// With the earlier connections there would be more descriptors than the process may have.
TEST(AppConnectionsTest, HoweverOftenItsDispatcherEndsTheNewConnectionsHaveTheirPlaces) {
  AppWorld world(16);  // 14 places
  std::vector<Fd> clients;
  for (std::uint64_t round = 0; round < 20; ++round) {
    for (std::uint64_t i = 0; i < 14; ++i) clients.push_back(world.Connect(kBegun, 100 * round + i));
    for (std::size_t i = clients.size() - 14; i < clients.size(); ++i) EXPECT_FALSE(HasEnded(world, clients[i])) << i;
    for (std::size_t i = 0; i + 14 < clients.size(); ++i) EXPECT_TRUE(HasEnded(world, clients[i])) << i;
    world.body->PeerLost(ROLE_DISPATCHER, 0);
    for (std::size_t i = clients.size() - 14; i < clients.size(); ++i)
      EXPECT_FALSE(HasEnded(world, clients[i])) << "it may finish while nobody needs its place";
  }
}

TEST(AppConnectionsTest, WithoutAPlaceLeftAClientIsToldSoAndTheOthersAreServed) {
  AppWorld world(8);  // 7 places
  world.AddMember("alice");
  std::vector<Fd> clients;
  for (std::uint64_t i = 0; i < 7; ++i) clients.push_back(world.Connect(kBegun, i + 1));
  const std::string refused = world.Ask("GET /zoobar/index.cgi/manual HTTP/1.1\r\nHost: zoobar\r\n\r\n");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, HasSubstr("All 7 places"));
  EXPECT_THAT(refused, HasSubstr("\r\nRetry-After: 2\r\n"));
  for (const Fd& client : clients) {
    ASSERT_EQ(send(client.get(), "a=b", 3, 0), 3);
    EXPECT_THAT(world.ReadAnswer(client), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(AppTest, LogsEachRequestWithoutItsQuery) {
  world.Get("users?user=bob", alice);
  ASSERT_EQ(world.site.lines.accesses.size(), 1u);
  const AccessRequest::Entry& entry = world.site.lines.accesses[0];
  EXPECT_EQ(entry.address(), "192.0.2.7");
  EXPECT_EQ(entry.method(), "GET");
  EXPECT_EQ(entry.path(), "/zoobar/index.cgi/users");
  EXPECT_EQ(entry.status(), 200u);
  EXPECT_EQ(entry.member(), "alice");
}

TEST_F(AppTest, DrainsOnceNothingIsInFlight) {
  const Fd idle = world.Connect();
  bool drained = false;
  world.body->Drain([&] { drained = true; });
  world.site.RunUntil([&] { return drained; });
  EXPECT_EQ(world.ReadAnswer(idle), "") << "closed";
}

// The dispatcher redirects it. A proxy may send requests that came over https and plain ones on one connection.
TEST_F(AppTest, GivesAPlainRequestBackIfItsListenerRedirectsToHttps) {
  const std::string request = "GET /zoobar/index.cgi/ HTTP/1.1\r\nHost: zoobar\r\n\r\n";
  const Fd client = world.Connect(request, 42, 443);
  world.site.RunUntil([&] { return !world.taken_back.empty(); });
  EXPECT_EQ(world.taken_back[0].connection(), 42u);
  EXPECT_FALSE(world.taken_back[0].closed());
  EXPECT_EQ(world.taken_back[0].requests(), 0u);
  EXPECT_EQ(world.taken_back_bytes[0], request);
}

}  // namespace
}  // namespace zoobar
