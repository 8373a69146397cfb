// Role:      master: binds, builds jails, wires, gives up root, supervises. What a person, systemd or a container runs.
// Called by: nobody. Roles answer it in single bytes (role.h, StateByte); it parses nothing a role wrote.
// Calls:     nobody; it writes its own lines to logger, one way.
// Holds:     root at first (ground.h); then powers inside its own user namespace, or, where those are refused,
//            CAP_SETUID, CAP_SETGID, CAP_SYS_CHROOT and CAP_SETPCAP under a filter that limits them to the site's ids.
// If compromised: everything of zoobar; nothing of the machine.
// Known limits: a role may accuse a peer falsely and so have it restarted; the restart policy (restart.h) bounds how
//            often. A role that ends again and again is up between two ends alone; status calls it degraded and says
//            why.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ipc/loop.h"
#include "master/ground.h"
#include "master/restart.h"
#include "master/spawn.h"
#include "site/control.h"
#include "site/log_files.h"
#include "site/role.h"

namespace zoobar {

struct MasterOptions {
  ConfigSources sources;
  bool trace_calls = false;
  std::string version;
};

// Runs the site until SIGTERM or SIGINT. Returns the exit status: 0 after a drain, 2 when it could not start (one line
// on stderr says why).
int RunMaster(MasterOptions options, int argc, char** argv);

class MasterLog;

class Master {
 public:
  Master(Ground ground, const MasterOptions& options);
  ~Master();
  int Run();

 private:
  // One process of a role, or the place where the next one will be.
  struct Instance {
    const RoleSpec* spec = nullptr;
    std::uint32_t number = 0, slot = 0;
    const Config::RoleConfig* row = nullptr;

    pid_t pid = -1;
    Fd pidfd, control, stderr_read;
    std::unique_ptr<Watch> death, states;
    std::unique_ptr<Timer> restart;
    RestartPolicy policy{Milliseconds(0)};
    std::string ending;    // why the master ends this process, if it does
    std::string last_end;  // how the last one ended
    std::unique_ptr<Timer> recovery;
    Sparing deaths_told, accusations_told;
    std::uint32_t starts = 0;
    std::int64_t started_us = 0, started_ms = 0;
    bool ready = false, drained = false;
    const char* state = "starting";
  };

  void StartAll();
  void Start(Instance& instance);
  Status TryStart(Instance& instance);
  void SendStart(Instance& instance);
  void WirePeers(Instance& fresh);
  bool WireTo(Instance& to, const Instance& peer, int channel);
  void WireMasterTo(Instance& logger);

  void ReadStates(Instance& instance);
  void TakeState(Instance& instance, std::uint8_t byte);
  void OnReady(Instance& instance);
  // Deaths (master_deaths.cc).
  void Accuse(Instance& accuser, std::uint32_t slot);
  void OnDeath(Instance& instance);
  void TellDeath(Instance& instance, const std::string& how);
  void ScheduleRestart(Instance& instance, bool was_ready);
  void WaitForRecovery(Instance& instance);
  void Recover(Instance& instance);
  void End(Instance& instance, std::string why);
  void Reap();
  void NotifyStatus();

  void RenewLogs();
  void Reload();
  void BeginShutdown();
  void ContinueShutdown();
  void SendRoster();
  bool DrainsFirst(const Instance& instance) const;

  Ground ground_;
  const bool trace_calls_;
  const std::string version_;
  Loop loop_;
  std::unique_ptr<MasterLog> log_;
  LogFiles log_files_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::pair<Role, Bytes>> ticket_keys_;
  std::unique_ptr<SignalWatch> term_, interrupt_, hangup_, child_;
  std::unique_ptr<Timer> drain_limit_;
  const std::int64_t began_us_ = MonotonicMicros();
  bool announced_ = false, roster_due_ = false;
  std::string status_told_;  // to the service manager
  enum class Stage { kServing, kDrainingFront, kDrainingBack, kDrainingLog } stage_ = Stage::kServing;
};

}  // namespace zoobar
