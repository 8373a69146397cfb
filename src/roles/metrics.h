// Role:      metrics. It shows the figures of all roles to Prometheus, and whether the site is well to a load balancer or
//            supervisor: /metrics, /healthz, /readyz, on a listener of its own (`metrics` in the configuration).
// Called by: nobody. Its work arrives on the listener.
// Calls:     every role (Health: Report).
// Holds:     its listening socket, open connections, the last report of each role.
// If compromised: the attacker can show false figures, and say that the site is well or not. It can read the counters of
//            all roles, which have no member's name, and ask for them often. It reaches no store, no password and no
//            request of a member.
// Known limits: whoever can reach the listener can read the figures; there is no password. By default it is bound to
//            127.0.0.1.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "health.pb.h"
#include "http/connection.h"
#include "listen/acceptor.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "site/waiters.h"

namespace zoobar {

class Metrics : public RoleBody, private HttpHandler {
 public:
  // An answer younger than this is shown again. So the roles are not asked more often, however many ask this role.
  static constexpr Milliseconds kFresh{500};
  // A process that has answered within this time is well for /healthz: it may be restarting.
  static constexpr Milliseconds kForgiven{10000};

  explicit Metrics(Site& site);

  // The following functions implement RoleBody.
  void Rest() override { acceptor_.Rest(); }
  void Drain(std::function<void()> done) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;

 private:
  using Process = std::pair<Role, std::uint32_t>;
  // What is known of one process of the site.
  struct Known {
    bool answers = false;          // in the last round
    ReportReply report;            // its last one
    std::int64_t answered_us = 0;  // when; 0: never
    std::int64_t started_ms = 0;   // when its process started, wall clock
    std::int64_t times_wired = 0;  // how many processes it has had since this role started
  };

  // The following functions implement HttpHandler.
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  void OnRequest(Exchange exchange, Request request) override;
  void OnDetached(Client, Fd, Bytes, Departure) override {}
  void OnClosed(const Client& client) override { acceptor_.Left(client.peer, client.number); }

  void Welcome(const Client& client, Fd socket, Acceptor::Entry entry);
  Task<void> Answer(Exchange exchange, std::string path);
  // Asks all processes at the same time, unless the last answers are fresh. Callers that come meanwhile get the same.
  Task<void> Ask();
  Task<void> AskOne(Process process, std::shared_ptr<Channel> channel);
  void TakeReport(const Process& process, ReportReply report);
  Response Figures() const;
  // Every process must have answered lately.
  Response Healthy() const;
  // The roles without which no member can be served must answer now, and the site must take connections.
  Response Ready() const;
  bool Answers(Role role) const;

  Site& site_;
  const std::int64_t began_us_ = MonotonicMicros();
  std::map<Process, Known> processes_;
  std::int64_t asked_us_ = 0;  // when the last round ended; 0: there was none
  std::size_t pending_ = 0;    // answers of the present round that are missing; 0: no round is going on
  Waiters round_;
  InFlight in_flight_;
  Connections connections_;
  Acceptor acceptor_;
};

extern const RoleSpec kMetricsRole;

}  // namespace zoobar
