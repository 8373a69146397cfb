// The last report (Health.Report) of each process of the site, for the roles that show figures: metrics and console.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "health.pb.h"
#include "ipc/loop.h"
#include "site/role.h"
#include "site/waiters.h"

namespace zoobar {

// Must outlive the tasks that ask.
class RoleReports {
 public:
  // A report younger than this is used again. So the roles are not asked more often, however many ask this role.
  static constexpr Milliseconds kFresh{500};

  using Process = std::pair<Role, std::uint32_t>;
  // What is known of one process of the site.
  struct Known {
    bool answers = false;          // in the last round
    ReportReply report;            // its last one
    std::int64_t answered_us = 0;  // when; 0: never
    std::int64_t started_ms = 0;   // when its process started, wall clock
    std::int64_t times_wired = 0;  // how many processes it has had since this role started
  };

  // own: the role that asks. The processes are those of the configuration, without the master and this role.
  RoleReports(Site& site, Role own);

  // Asks all processes at the same time, unless the last answers are fresh. Callers that come meanwhile get the same.
  Task<void> Ask();
  // The role calls this in its RoleBody::PeerWired.
  void PeerWired(Role role, std::uint32_t instance);

  const std::map<Process, Known>& processes() const { return processes_; }
  // Whether an instance of the role has answered in the last round.
  bool Answers(Role role) const;
  std::int64_t asked_us() const { return asked_us_; }  // when the last round ended; 0: there was none

 private:
  Task<void> AskOne(Process process, std::shared_ptr<Channel> channel);
  void Take(const Process& process, ReportReply report);

  Site& site_;
  std::map<Process, Known> processes_;
  std::int64_t asked_us_ = 0;
  std::size_t pending_ = 0;  // answers of the present round that are missing; 0: no round is going on
  Waiters round_;
};

}  // namespace zoobar
