// Role:      sandbox, the supervisor of runs: it has members' programs run, each in a process behind its own walls.
// Called by: profile (begin, wait, end); admin (reset).
// Calls:     nobody (every role may write to logger).
// Holds:     no data. In a user namespace of its own it has powers over the pool's ids, and no others: it may end runs
//            and read what they left. Runs send it their listeners. Its child, the interpreter (src/sandbox/), may
//            build walls in that namespace.
// If compromised: it can read and change the output and the files of runs in flight, report false ends of runs, and
//            refuse to run anything. Its namespaces hold no other role's id, process, store or descriptor. For a payment
//            it needs profile, and bank must agree.
// Known limits: no cgroup bounds the memory of all runs together; the bound is slots times memory_bytes. Where user
//            namespaces are refused, runs follow each other on a scratch tmpfs (sandbox/scratch.h). Where there is no
//            scratch either, walls cannot be built, and every Begin is answered UNAVAILABLE. A taken supervisor could
//            allow the system calls that a run's filter denies, so that only the other walls hold the run. It could
//            also call the API in a run's place.
//
// The supervisor never sees a program. It gives a run's socket to profile, profile writes the program into the socket,
// and only the run reads it.
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
  static constexpr std::uint64_t kRunsEach = 500;  // after so many runs an interpreter is replaced
  static constexpr Milliseconds kRenewal{600000};  // and after this time
  static constexpr Milliseconds kUnasked{10000};   // an ended run is kept so long for its Wait
  static constexpr std::size_t kMaxWaiting = 64;   // so many Begins may wait

  // Takes the interpreter's socket, if there is one, from site.TakePassed("prepared").
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

  // Orders spares, so that the next visitor need not wait until walls are built.
  void Prepare();
  bool OrderRun();
  // Gives spares that are ready to the Begins that wait.
  void GiveSpares();
  Run* Spare();  // a spare that is ready, if a slot is free too; else nullptr
  std::size_t Slots() const;
  std::uint32_t FreeId();
  RunLimits Limits() const;

  void OnEnded(Run& run);
  Task<Leftovers> Collect(Run& run);
  // Removes a run and what it left, at the end of the loop's turn: one of the run's callbacks may be on the stack now.
  void Drop(std::uint64_t number);
  void EndSpares();
  void Renew();

  Site& site_;
  // Lives as long as this object. What the loop does later checks it first.
  const std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
  Config::Profile settings_;
  std::unique_ptr<Orders> orders_;  // null: walls cannot be built here
  Timer renewal_;
  ProcessorShare share_;  // declared before the runs, which use it
  Runs runs_;
  std::deque<std::shared_ptr<Promised<Run*>>> waiting_;  // Begins that wait for a spare
  std::uint64_t next_run_ = 1, runs_of_interpreter_ = 0;
  std::uint32_t last_id_ = 0;  // the pool's id that was used last; the ids are used in turn
  std::int64_t begun_ = 0, full_ = 0, denials_ = 0;
};

extern const RoleSpec kSandboxRole;

}  // namespace zoobar
