#include "roles/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "ipc/run_until.h"
#include "site/fake_site.h"
#include "site/loopback.h"

namespace zoobar {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A role as metrics sees it.
class Reporter {
 public:
  Reporter() { service_.Handle(&Reporter::Report, this); }
  Task<Result<Outgoing<ReportReply>>> Report(Incoming<ReportRequest>) {
    ++asked;
    if (!answers) co_return Error{"ill"};
    co_return reply;
  }
  const Service& service() const { return service_; }
  void Set(const std::string& name, std::int64_t value) {
    ReportReply::Counter& counter = *reply.add_counters();
    counter.set_name(name);
    counter.set_value(value);
  }

  ReportReply reply;
  bool answers = true;
  int asked = 0;

 private:
  Service service_;
};

class MetricsTest : public testing::Test {
 protected:
  void Make(const std::vector<Role>& roles) {
    for (const Role role : roles) {
      Config::RoleConfig& row = *site_.settings.add_role();
      row.set_name(std::string(RoleName(role)));
      row.set_instances(1);
    }
    site_.passed["listener.metrics"] = ListenOnLoopback(address_);
    metrics_ = std::make_unique<Metrics>(site_);
    for (const Role role : roles) Wire(role);
  }
  void Wire(Role role) {
    site_.Connect(ROLE_METRICS, role, reporters_[role].service());
    metrics_->PeerWired(role, 0, 1, Fd());
  }
  Fd Connected() const {
    Fd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(client.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
    return client;
  }
  static void Send(const Fd& client, const std::string& request) {
    EXPECT_EQ(send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  }
  static std::string RequestFor(const std::string& path, const std::string& method = "GET") {
    return method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  }
  // Everything until the end of the connection.
  std::string Receive(const Fd& client) {
    std::string all;
    RunUntil(site_.loop(), [&] {
      char bytes[65536];
      const ssize_t count = recv(client.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (count > 0) all.append(bytes, static_cast<std::size_t>(count));
      return count == 0 || (count < 0 && errno != EAGAIN);
    });
    return all;
  }
  std::string Ask(const std::string& path, const std::string& method = "GET") {
    const Fd client = Connected();
    Send(client, RequestFor(path, method));
    return Receive(client);
  }
  void LetTheAnswersAge() { std::this_thread::sleep_for(RoleReports::kFresh + Milliseconds(50)); }
  void TearDown() override {
    metrics_.reset();
    site_.loop().RunOnce();
  }

  FakeSite site_;
  std::map<Role, Reporter> reporters_;
  sockaddr_in address_{};
  std::unique_ptr<Metrics> metrics_;
};

TEST_F(MetricsTest, FiguresAreThoseThatTheRolesReport) {
  Make({ROLE_BANK, ROLE_ECHO});
  reporters_[ROLE_BANK].Set("transfers", 12);
  reporters_[ROLE_BANK].reply.set_uptime_ms(5000);
  reporters_[ROLE_ECHO].answers = false;
  const std::string answer = Ask("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\nzoobar_build_info{version=\"test\"} 1\n"));
  EXPECT_THAT(answer, HasSubstr("\nzoobar_transfers_total{role=\"bank\",instance=\"0\"} 12\n"));
  EXPECT_THAT(answer, HasSubstr("\nzoobar_role_up{role=\"bank\",instance=\"0\"} 1\n"));
  EXPECT_THAT(answer, HasSubstr("\nzoobar_role_up{role=\"echo\",instance=\"0\"} 0\n"));
  EXPECT_THAT(answer, HasSubstr("\nzoobar_role_start_time_seconds{role=\"bank\",instance=\"0\"} "));
  EXPECT_THAT(answer, Not(HasSubstr("zoobar_role_start_time_seconds{role=\"echo\"")));
}

TEST_F(MetricsTest, RestartsAreCountedAndARoleThatLeftHasNoOldFigures) {
  Make({ROLE_BANK});
  reporters_[ROLE_BANK].Set("transfers", 12);
  EXPECT_THAT(Ask("/metrics"), HasSubstr("zoobar_role_restarts_total{role=\"bank\",instance=\"0\"} 0\n"));
  site_.peer(ROLE_BANK).Detach(0);
  LetTheAnswersAge();
  EXPECT_THAT(Ask("/metrics"), AllOf(HasSubstr("zoobar_role_up{role=\"bank\",instance=\"0\"} 0\n"),
                                     Not(HasSubstr("zoobar_transfers_total"))));
  Wire(ROLE_BANK);
  LetTheAnswersAge();
  EXPECT_THAT(Ask("/metrics"), AllOf(HasSubstr("zoobar_role_restarts_total{role=\"bank\",instance=\"0\"} 1\n"),
                                     HasSubstr("zoobar_transfers_total")));
}

TEST_F(MetricsTest, HoweverManyAskTheRolesAreAskedOnce) {
  Make({ROLE_BANK, ROLE_AUTH});
  std::vector<Fd> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(Connected());
    Send(clients.back(), RequestFor(i % 2 == 0 ? "/metrics" : "/healthz"));
  }
  for (const Fd& client : clients) EXPECT_THAT(Receive(client), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(reporters_[ROLE_BANK].asked, 1);
  EXPECT_EQ(reporters_[ROLE_AUTH].asked, 1);
  LetTheAnswersAge();
  EXPECT_THAT(Ask("/metrics"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(reporters_[ROLE_BANK].asked, 2);
}

TEST_F(MetricsTest, ARestartIsForgivenForAWhileByHealthzAndNotByReadyz) {
  Make({ROLE_DISPATCHER, ROLE_APP, ROLE_LOGIN, ROLE_AUTH, ROLE_BANK, ROLE_PROFILE, ROLE_HONEYCHECKER, ROLE_STATIC});
  EXPECT_THAT(Ask("/healthz"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\r\n\r\nok\n")));
  EXPECT_THAT(Ask("/readyz"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\r\n\r\nok\n")));
  site_.peer(ROLE_BANK).Detach(0);
  LetTheAnswersAge();
  EXPECT_THAT(Ask("/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("\r\n\r\nbank does not answer\n")));
}

TEST_F(MetricsTest, ASiteThatDrainsIsHealthyAndNotReady) {
  Make({ROLE_DISPATCHER, ROLE_APP, ROLE_LOGIN, ROLE_AUTH, ROLE_BANK, ROLE_PROFILE, ROLE_HONEYCHECKER, ROLE_STATIC});
  reporters_[ROLE_DISPATCHER].Set("draining", 1);
  EXPECT_THAT(Ask("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("takes no new connections")));
  EXPECT_THAT(Ask("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(MetricsTest, OnAListenerWithTlsTheRolesOfTlsAreNeededToo) {
  Config::Listen& tls = *site_.settings.add_listen();
  tls.set_tls(true);
  Make({ROLE_DISPATCHER, ROLE_APP, ROLE_LOGIN, ROLE_AUTH, ROLE_BANK, ROLE_PROFILE, ROLE_HONEYCHECKER, ROLE_STATIC,
        ROLE_EDGE, ROLE_KEYS});
  reporters_[ROLE_KEYS].answers = false;
  EXPECT_THAT(Ask("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("\r\n\r\nkeys does not answer\n")));
}

TEST_F(MetricsTest, OtherPathsAndMethodsAreRefusedAndNobodyIsAsked) {
  Make({ROLE_BANK});
  EXPECT_THAT(Ask("/"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("/metrics")));
  for (const char* path : {"/metric", "/metrics/", "/zoobar/index.cgi/", "/../metrics"})
    EXPECT_THAT(Ask(path), AllOf(StartsWith("HTTP/1.1 4"), Not(HasSubstr("zoobar_")))) << path;
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"})
    EXPECT_THAT(Ask("/metrics", method), StartsWith("HTTP/1.1 405")) << method;
  EXPECT_EQ(reporters_[ROLE_BANK].asked, 0);
  EXPECT_THAT(Ask("/metrics", "HEAD"), AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("zoobar_"))));
}

TEST_F(MetricsTest, ConnectionsAreBoundedAndOthersAreStillServed) {
  Make({ROLE_BANK});
  std::vector<Fd> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(Connected());
    site_.loop().RunOnce();
  }
  EXPECT_THAT(Ask("/metrics"), StartsWith("HTTP/1.1 200")) << "an idle connection gives way";
}

TEST_F(MetricsTest, WithoutAListenerItOnlyWaits) {
  site_.settings.add_role()->set_name("bank");
  metrics_ = std::make_unique<Metrics>(site_);
  bool drained = false;
  metrics_->Drain([&] { drained = true; });
  RunUntil(site_.loop(), [&] { return drained; });
}

}  // namespace
}  // namespace zoobar
