// Role:      sandbox, the supervisor of runs: it has members' programs run, each in a process of its own walls.
// Called by: profile (begin, wait, end); admin (reset).
// Calls:     nobody (every role may write to logger).
// Holds:     no data. Powers over the pool's ids alone, in a user namespace of its own: it may end runs and read
//            what they left; they hand it their listeners. Its child, the interpreter (src/sandbox/), may build walls
//            there.
// If compromised: the output and files of runs in flight, false ends of runs, and no run at all. No other role's id,
//            process, store or descriptor is within its namespaces; a payment needs profile, and bank's consent.
// Known limits: memory of all runs together is bounded by slots times memory_bytes, not by a cgroup. Where user
//            namespaces are refused runs go one at a time on a scratch tmpfs (sandbox/scratch.h); without one there are
//            no walls to build, and every Begin is answered UNAVAILABLE. A taken supervisor could let a run's denied
//            calls through to its other walls, and speak to the API in a run's place.
//
// A program never comes here. profile gets a run's socket and writes the program into it; the run alone reads it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "roles/sandbox/orders.h"
#include "roles/sandbox/run.h"
#include "sandbox.pb.h"
#include "site/role.h"

namespace zoobar {

class Sandbox : public RoleBody {
 public:
  static constexpr std::uint64_t kRunsEach = 500;  // of one interpreter, before the next
  static constexpr Milliseconds kRenewal{600000};
  static constexpr Milliseconds kUnasked{10000};  // an ended run is kept so long for its Wait
  static constexpr std::size_t kMaxWaiting = 64;  // Begins

  // prepared: the interpreter's socket, if there is one (site.TakePassed).
  explicit Sandbox(Site& site);

  Task<Result<Outgoing<BeginReply>>> Begin(Incoming<BeginRequest> call);
  Task<Result<Outgoing<WaitReply>>> Wait(Incoming<WaitRequest> call);
  Task<Result<Outgoing<Nothing>>> End(Incoming<EndRequest> call);
  Task<Result<Outgoing<ResetReply>>> Reset(Incoming<ResetRequest> call);

  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  using Runs = std::map<std::uint64_t, std::unique_ptr<Run>>;

  // Spares stand ready, so that the next visitor need not wait for walls.
  void Prepare();
  bool OrderRun();
  // Gives what stands ready to those who wait.
  void Serve();
  Run* Spare();  // a free one, if a slot is free too; nullptr: none
  std::size_t Slots() const;
  std::uint32_t FreeId();
  RunLimits Limits() const;

  void OnEnded(Run& run);
  Task<Leftovers> Collect(Run& run);
  // Forgets a run and what it left, but not while one of its own callbacks runs.
  void Drop(std::uint64_t number);
  void EndSpares();
  void Renew();

  Site& site_;
  const std::shared_ptr<bool> here_ = std::make_shared<bool>(true);  // gone with it: for what the loop does later
  Config::Profile settings_;
  std::unique_ptr<Orders> orders_;  // null: there are no walls here
  Timer renewal_;
  ProcessorShare share_;  // before the runs, which use it
  Runs runs_;
  std::deque<std::shared_ptr<Promised<Run*>>> waiting_;  // Begins for which no spare stood ready
  std::uint64_t next_run_ = 1, runs_of_interpreter_ = 0;
  std::uint32_t last_id_ = 0;  // the pool's ids take turns
  std::int64_t begun_ = 0, full_ = 0, denials_ = 0;
};

extern const RoleSpec kSandboxRole;

}  // namespace zoobar
