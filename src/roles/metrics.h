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
#include <string>

#include "listen/small_server.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "site/role_reports.h"

namespace zoobar {

class Metrics : public RoleBody, private SmallServer {
 public:
  // A process that has answered within this time is well for /healthz: it may be restarting.
  static constexpr Milliseconds kForgiven{10000};

  explicit Metrics(Site& site);

  // The following functions implement RoleBody.
  void Rest() override { RestServer(); }
  void Drain(std::function<void()> done) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t, Fd) override { reports_.PeerWired(role, instance); }

 private:
  // The following functions implement HttpHandler.
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  void OnRequest(Exchange exchange, Request request) override;

  Task<void> Answer(Exchange exchange, std::string path);
  Response Figures() const;
  // Every process must have answered lately.
  Response Healthy() const;
  // The roles without which no member can be served must answer now, and the site must take connections.
  Response Ready() const;

  Site& site_;
  const std::int64_t began_us_ = MonotonicMicros();
  RoleReports reports_;
  InFlight in_flight_;
};

extern const RoleSpec kMetricsRole;

}  // namespace zoobar
