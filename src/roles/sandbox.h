// Role:      sandbox, the supervisor of runs. Each run of a member's program is a process behind walls of its own.
// Called by: profile (begin, wait, end); admin (reset).
// Calls:     nobody (every role may write to logger).
// Holds:     no data. It has a user namespace of its own, with powers over the ids of the pool and no other ids. It
//            uses them to end runs and to read the files that they left. It holds the listener of each run's filter.
//            Its child process, the interpreter (src/sandbox/), may build walls in that namespace.
// If compromised: the attacker can read and change the output and the files of runs that have not ended, report false
//            ends of runs, and refuse to run anything. The sandbox's namespaces hold no other role's id, process, store
//            or descriptor. To make a payment the attacker also needs profile, and bank must agree.
// Known limits: no cgroup limits the memory of all runs together. The limit is the number of slots times memory_bytes.
//            Where user namespaces are refused, runs follow each other on a scratch tmpfs (sandbox/scratch.h). If there
//            is no scratch either, walls cannot be built, and every Begin is answered UNAVAILABLE. An attacker in the
//            supervisor could allow the system calls that a run's filter denies. Then only the other walls hold the
//            run. The attacker could also call the API in a run's place.
//
// The supervisor never sees a program. It gives the socket of a run to profile. Then profile writes the program into
// the socket, and only the run reads it.
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
  static constexpr std::uint64_t kRunsEach = 500;  // an interpreter is replaced after this many runs
  static constexpr Milliseconds kRenewal{600000};  // and every time this duration has passed
  static constexpr Milliseconds kUnasked{10000};   // how long an ended run is kept if no Wait asks for it
  static constexpr std::size_t kMaxWaiting = 64;   // how many calls of Begin may wait at once

  // Takes the socket to the interpreter from site.TakePassed("prepared"). Without such a socket, no walls can be built.
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

  // Orders spares. A spare is a run that has built its walls and waits for a program, so that the next visitor need not
  // wait until walls are built.
  void Prepare();
  bool OrderRun();
  // Gives the spares that are ready to the calls of Begin that wait for one.
  void GiveSpares();
  Run* Spare();  // returns a spare that is ready; nullptr if there is none or no slot is free
  std::size_t Slots() const;
  std::uint32_t FreeId();
  RunLimits Limits() const;

  void OnEnded(Run& run);
  // Orders no runs for a while, longer each time until a run has its walls.
  void RestFromWalls();
  Task<Leftovers> Collect(Run& run);
  // Removes a run and the files that it left. This happens at the end of the loop's turn, because one of the run's
  // callbacks may be on the stack now.
  void Drop(std::uint64_t number);
  void EndSpares();
  void Renew();

  Site& site_;
  // Lives as long as this object. Callbacks that the loop calls later check here_ first, to see whether the object
  // still exists.
  const std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
  Config::Profile settings_;
  std::unique_ptr<Orders> orders_;  // null if walls cannot be built on this machine
  Timer renewal_, walls_again_;
  Milliseconds walls_rest_{0};  // how long the last rest was
  bool resting_ = false;
  ProcessorShare share_;  // declared before the runs, which use it
  Runs runs_;
  std::deque<std::shared_ptr<Promised<Run*>>> waiting_;  // calls of Begin that wait for a spare
  std::uint64_t next_run_ = 1, runs_of_interpreter_ = 0;
  std::uint32_t last_id_ = 0;  // the position in the pool of the id that was used last; the ids are used in turn
  std::int64_t begun_ = 0, full_ = 0, denials_ = 0;
};

extern const RoleSpec kSandboxRole;

}  // namespace zoobar
