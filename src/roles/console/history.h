// What the operator's page shows of the last hour: a few figures of the whole site every ten seconds, and how often each
// role calls each other one. All of it is derived from the counters of the roles' reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "health.pb.h"
#include "ipc/loop.h"
#include "site/request_figures.h"
#include "site/role_reports.h"

namespace zoobar {

// The figures of one moment. Those that are "per second" are means over the time since the moment before.
enum class Figure : std::uint8_t {
  kRequests,      // per second
  kFaults,        // requests that were answered with a status of 500 or above, per second
  kLatency,       // 95 of 100 requests took no longer than this, milliseconds
  kTransfers,     // transfers and payments, per second
  kLogins,        // per second
  kFailedLogins,  // per second
  kRuns,          // runs of programs, per second
  kWaitingRuns,   // runs that wait for a slot
  kDenials,       // denied calls of programs, per second
  kConnections,   // of clients
  kSessions,      // of members
  kWaiting,       // callers that wait in a queue of a role, logins among them
  kCount
};

class History {
 public:
  static constexpr Milliseconds kEvery{10000};  // between two moments
  static constexpr std::size_t kMoments = 360;  // an hour

  using Processes = std::map<RoleReports::Process, RoleReports::Known>;
  using Moment = std::array<double, static_cast<std::size_t>(Figure::kCount)>;
  using Call = std::pair<Role, Role>;  // caller, callee

  // Adds a moment. now_us: as in MonotonicMicros. The first call only notes where the counters stand.
  void Add(const Processes& processes, std::int64_t now_us);

  const std::deque<Moment>& moments() const { return moments_; }  // the oldest first
  // Calls per second between the last two moments, only of methods that the picture shows (calls.h), and only those
  // that happened.
  const std::map<Call, double>& calls() const { return calls_; }

 private:
  // How much the counters of all processes have grown since the last moment, summed by what they count.
  struct Sums {
    std::array<double, static_cast<std::size_t>(Figure::kCount)> grown{};
    std::map<Call, double> calls;
    std::array<double, kLatencyBounds.size()> slower{};  // requests that took longer than each bound
    double requests = 0;
  };
  struct Last {
    std::int64_t started_ms = 0;
    ReportReply report;
  };

  static void AddCalls(Sums& sums, Role role, const ReportReply& before, const ReportReply& now);
  static void AddRequests(Sums& sums, const ReportReply& before, const ReportReply& now);

  std::deque<Moment> moments_;
  std::map<Call, double> calls_;
  std::map<RoleReports::Process, Last> last_;
  std::int64_t last_us_ = 0;  // 0: there was no moment yet
};

}  // namespace zoobar
