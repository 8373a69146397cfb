#include "roles/console.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "ipc/run_until.h"
#include "site/fake_site.h"
#include "site/loopback.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kToken = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

// Plays admin.
class Judge {
 public:
  Judge() {
    service_.Handle(&Judge::OpenConsole, this);
    service_.Handle(&Judge::ShowConsole, this);
    service_.Handle(&Judge::CloseConsole, this);
    service_.Handle(&Judge::Report, this);
  }
  Task<Result<Outgoing<ReportReply>>> Report(Incoming<ReportRequest>) { co_return ReportReply(); }
  Task<Result<Outgoing<OpenConsoleReply>>> OpenConsole(Incoming<OpenConsoleRequest> call) {
    ++asked;
    OpenConsoleReply reply;
    reply.set_busy(busy);
    reply.set_accepted(!busy && View(call.secret) == "the secret & more");
    if (!reply.accepted()) co_return reply;
    co_return Outgoing<OpenConsoleReply>(reply, ToBytes(kToken));
  }
  Task<Result<Outgoing<ShowConsoleReply>>> ShowConsole(Incoming<ShowConsoleRequest> call) {
    ++asked;
    if (View(call.secret) != kToken) co_return ShowConsoleReply();
    co_return shown;
  }
  Task<Result<Outgoing<CloseConsoleReply>>> CloseConsole(Incoming<CloseConsoleRequest> call) {
    closed.emplace_back(View(call.secret));
    co_return CloseConsoleReply();
  }
  const Service& service() const { return service_; }

  ShowConsoleReply shown;
  bool busy = false;
  int asked = 0;
  std::vector<std::string> closed;

 private:
  Service service_;
};

// A role that reports a counter.
class Reporter {
 public:
  Reporter() { service_.Handle(&Reporter::Report, this); }
  Task<Result<Outgoing<ReportReply>>> Report(Incoming<ReportRequest>) {
    ReportReply reply;
    auto* counter = reply.add_counters();
    counter->set_name("queue.<b>.waiting");
    counter->set_value(3);
    co_return reply;
  }
  const Service& service() const { return service_; }

 private:
  Service service_;
};

class ConsoleTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"bank", "admin"}) {
      Config::RoleConfig& row = *site_.settings.add_role();
      row.set_name(name);
      row.set_instances(1);
    }
    site_.passed["listener.console"] = ListenOnLoopback(address_);
    console_ = std::make_unique<Console>(site_);
    site_.Connect(ROLE_CONSOLE, ROLE_ADMIN, judge_.service());
    site_.Connect(ROLE_CONSOLE, ROLE_BANK, reporter_.service());
    AddRole(ROLE_BANK, "running");
    AddRole(ROLE_ADMIN, "running");
    judge_.shown.set_signed_in(true);
    judge_.shown.set_knows_lines(true);
  }
  void TearDown() override {
    console_.reset();
    site_.loop().RunOnce();
  }
  void AddRole(Role role, const std::string& state) {
    Roster::Entry& entry = *judge_.shown.add_roles();
    entry.set_role(role);
    entry.set_pid(4711);
    entry.set_uid(61000 + RoleId(role));
    entry.set_starts(1);
    entry.set_state(state);
  }
  std::string Ask(const std::string& method, const std::string& target, const std::string& fields = "",
                  const std::string& body = "") {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(client.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
    std::string request = method + " " + target + " HTTP/1.1\r\nHost: " + host_ + "\r\nConnection: close\r\n" + fields;
    if (method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n" + body;
    EXPECT_EQ(send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
    std::string all;
    RunUntil(site_.loop(), [&] {
      char bytes[65536];
      const ssize_t count = recv(client.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (count > 0) all.append(bytes, static_cast<std::size_t>(count));
      return count == 0 || (count < 0 && errno != EAGAIN);
    });
    return all;
  }
  std::string SignIn(const std::string& body) {
    return Ask("POST", "/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n", body);
  }
  std::string Page(const std::string& target = "/") {
    return Ask("GET", target, "Cookie: zoobar_console=" + std::string(kToken) + "\r\n");
  }

  std::string host_ = "127.0.0.1";
  FakeSite site_;
  Judge judge_;
  Reporter reporter_;
  sockaddr_in address_{};
  std::unique_ptr<Console> console_;
};

TEST_F(ConsoleTest, AStrangerGetsTheFormAndNothingElse) {
  const std::string answer = Ask("GET", "/");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("action=\"/sign-in\""), Not(HasSubstr("61015"))));
  EXPECT_EQ(judge_.asked, 0) << "nobody asks admin for somebody without a token";
  const std::string wrong = Ask("GET", "/", "Cookie: zoobar_console=" + std::string(64, '0') + "\r\n");
  EXPECT_THAT(wrong, AllOf(HasSubstr("action=\"/sign-in\""), Not(HasSubstr("61015"))));
}

TEST_F(ConsoleTest, TheSecretOpensThePageByACookieThatScriptsCannotRead) {
  const std::string answer = SignIn("secret=the+secret+%26+more");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 303"));
  EXPECT_THAT(answer, HasSubstr("\r\nLocation: /\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nSet-Cookie: zoobar_console=" + std::string(kToken)));
  EXPECT_THAT(answer, AllOf(HasSubstr("HttpOnly"), HasSubstr("SameSite=")));
  const std::string page = Page();
  EXPECT_THAT(page, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("All 2 processes are well"), HasSubstr("61015")));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: "));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST_F(ConsoleTest, AWrongSecretAndABusyAdminAreToldApart) {
  EXPECT_THAT(SignIn("secret=wrong"),
              AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("not the operator secret"), Not(HasSubstr("Set-Cookie"))));
  judge_.busy = true;
  EXPECT_THAT(SignIn("secret=the+secret+%26+more"),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("\r\nRetry-After: 1\r\n"), Not(HasSubstr("Set-Cookie"))));
}

TEST_F(ConsoleTest, BadFormsAreRefusedBeforeAdminIsAsked) {
  EXPECT_THAT(SignIn(""), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(SignIn("other=1"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(SignIn("secret=%zz"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(SignIn("secret=" + std::string(5000, 'x')), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(SignIn("secret=" + std::string(20000, 'x')), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Ask("POST", "/sign-in", "Content-Type: text/plain\r\n", "secret=x"), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(judge_.asked, 0);
}

TEST_F(ConsoleTest, APageOfAnotherSiteCanNeitherGuessNorSignOut) {
  for (const char* from : {"Origin: https://evil.example\r\n", "Origin: http://127.0.0.1:8080\r\n", "Origin: null\r\n",
                           "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"}) {
    const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
    EXPECT_THAT(Ask("POST", "/sign-in", form + from, "secret=x"), StartsWith("HTTP/1.1 403")) << from;
    EXPECT_THAT(Ask("POST", "/sign-out", from), StartsWith("HTTP/1.1 403")) << from;
  }
  EXPECT_EQ(judge_.asked, 0);
  EXPECT_TRUE(judge_.closed.empty());
  EXPECT_THAT(Ask("POST", "/sign-in",
                  "Content-Type: application/x-www-form-urlencoded\r\nOrigin: http://127.0.0.1\r\nSec-Fetch-Site: "
                  "same-origin\r\n",
                  "secret=the+secret+%26+more"),
              StartsWith("HTTP/1.1 303"));
}

// Somebody's name can lead to this machine for a moment (DNS rebinding). Then a page under that name is "the same origin".
TEST_F(ConsoleTest, IsServedUnderAnAddressOrAsLocalhostAlone) {
  for (const char* host : {"evil.example", "evil.example:9465", "127.0.0.1.evil.example", "localhost.evil.example",
                           "[::1", "localhost:9465:1", "1"}) {
    host_ = host;
    EXPECT_THAT(Ask("GET", "/"), testing::AnyOf(StartsWith("HTTP/1.1 403"), StartsWith("HTTP/1.1 400"))) << host;
    EXPECT_THAT(SignIn("secret=x"), testing::AnyOf(StartsWith("HTTP/1.1 403"), StartsWith("HTTP/1.1 400"))) << host;
  }
  EXPECT_EQ(judge_.asked, 0);
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:9465", "localhost", "LocalHost:9465", "[::1]:9465", "[::1]", "192.0.2.7:1"}) {
    host_ = host;
    EXPECT_THAT(Ask("GET", "/"), StartsWith("HTTP/1.1 200")) << host;
  }
}

TEST_F(ConsoleTest, SigningOutEndsTheSessionAtAdmin) {
  const std::string answer = Ask("POST", "/sign-out", "Cookie: zoobar_console=" + std::string(kToken) + "\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 303"));
  EXPECT_THAT(judge_.closed, testing::ElementsAre(std::string(kToken)));
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: zoobar_console=;"));
}

TEST_F(ConsoleTest, OnlyItsPathsAndMethodsAreServed) {
  EXPECT_THAT(Ask("GET", "/console.css"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Type: text/css")));
  EXPECT_THAT(Ask("GET", "/metrics"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask("GET", "/sign-out"), AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("\r\nAllow: POST\r\n")));
  EXPECT_THAT(Ask("POST", "/"), AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
  EXPECT_THAT(Ask("HEAD", "/"), AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("<html"))));
}

TEST_F(ConsoleTest, WhatIsNotWellIsNamed) {
  judge_.shown.mutable_roles(0)->set_state("waiting to restart");
  judge_.shown.set_draining(true);
  const std::string page = Page();
  EXPECT_THAT(page, HasSubstr("1 of 2 processes is not well; the site takes no new connections"));
  EXPECT_THAT(page, HasSubstr("waiting to restart"));
}

TEST_F(ConsoleTest, ARoleThatDoesNotReportIsNotWell) {
  site_.peer(ROLE_BANK).Detach(0);
  EXPECT_THAT(Page(), HasSubstr("running, does not answer"));
}

TEST_F(ConsoleTest, WhatRolesAndLogsSayIsText) {
  judge_.shown.add_alarms(
      R"({"time":"2026-11-30T10:00:00.000Z","role":"auth","event":"<i>x</i>","fields":{"a":"<b>"}})");
  judge_.shown.add_alarms("no JSON <u>");
  judge_.shown.add_programs(
      R"({"time":"2026-11-30T10:00:01.000Z","event":"program-denied","fields":{"call":"socket"}})");
  const std::string page = Page();
  EXPECT_THAT(page,
              AllOf(HasSubstr("&lt;i&gt;x&lt;/i&gt;"), HasSubstr("a: &lt;b&gt;"), HasSubstr("no JSON &lt;u&gt;")));
  EXPECT_THAT(page, AllOf(HasSubstr("2026-11-30 10:00:01"), HasSubstr("call: socket")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;</td>")) << "the name of a queue";
}

TEST_F(ConsoleTest, ThePageRenewsItselfUnlessItIsHeld) {
  EXPECT_THAT(Page(), HasSubstr("\r\nRefresh: 10\r\n"));
  EXPECT_THAT(Page("/?still"), AllOf(Not(HasSubstr("Refresh: ")), HasSubstr("does not renew itself")));
}

TEST_F(ConsoleTest, WithoutAdminNothingIsShown) {
  site_.peer(ROLE_ADMIN).Detach(0);
  EXPECT_THAT(Page(), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("admin does not answer"), Not(HasSubstr("61015"))));
  EXPECT_THAT(SignIn("secret=x"), StartsWith("HTTP/1.1 503"));
}

TEST_F(ConsoleTest, FiftyVisitorsAtOnceAreServedAndOneTooManyIsTold) {
  std::vector<Fd> waiting;
  for (std::size_t i = 0; i < SmallServer::kPlaces / 2; ++i) {
    waiting.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
    const std::string begun = "GET / HTTP/1.1\r\nHost: x\r\n";
    ASSERT_GT(send(waiting.back().get(), begun.data(), begun.size(), MSG_NOSIGNAL), 0);
  }
  // An address at its limit gives up the oldest of its own connections that wait.
  EXPECT_THAT(Ask("GET", "/"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace zoobar
