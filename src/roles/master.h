// Role:      master: binds, builds jails, wires, gives up root, supervises. What a person, systemd or a container runs.
// Called by: nobody. Roles answer it in single bytes (role.h, StateByte); it parses nothing a role wrote.
// Calls:     nobody; it writes its own lines to logger, one way.
// Holds:     root at first (ground.h); then powers inside its own user namespace, or, where those are refused,
//            CAP_SETUID, CAP_SETGID, CAP_SYS_CHROOT and CAP_SETPCAP under a filter that limits them to the site's ids.
// If compromised: everything of zoobar; nothing of the machine.
// Known limits: a role may accuse a peer falsely and so have it restarted; the restart policy bounds how often.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "ipc/loop.h"
#include "roles/control.h"
#include "roles/ground.h"
#include "roles/role.h"
#include "roles/spawn.h"

namespace zoobar {

struct MasterOptions {
  ConfigSources sources;
  bool trace_calls = false;
  std::string version;
};

// Runs the site until SIGTERM or SIGINT. Returns the exit status: 0 after a drain, 2 when it could not start (one line
// on stderr says why).
int RunMaster(MasterOptions options, int argc, char** argv);

// When a role that died may start again: three times at once within 30 s, then after 0.1 s doubling to 5 s; forgotten
// after 30 s of life.
class RestartPolicy {
 public:
  // now: monotonic microseconds. lived: how long the process that died had run.
  Milliseconds NextDelay(std::int64_t lived_us);

 private:
  int deaths_ = 0;
};

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
    RestartPolicy policy;
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
  void Accuse(Instance& accuser, std::uint32_t slot);
  void OnDeath(Instance& instance);
  void ScheduleRestart(Instance& instance);
  void End(Instance& instance);
  void Reap();

  void Rotate();
  void Reload();
  void BeginShutdown();
  void ContinueShutdown();
  void SendRoster();
  bool DrainsFirst(const Instance& instance) const;
  Fd OpenLog(const std::string& name);

  Ground ground_;
  const bool trace_calls_;
  const std::string version_;
  Loop loop_;
  std::unique_ptr<MasterLog> log_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::pair<Role, Bytes>> ticket_keys_;
  std::unique_ptr<SignalWatch> term_, interrupt_, hangup_, child_;
  std::unique_ptr<Timer> drain_limit_;
  const std::int64_t began_us_ = MonotonicMicros();
  bool announced_ = false, roster_due_ = false;
  enum class Stage { kServing, kDrainingFront, kDrainingBack, kDrainingLog } stage_ = Stage::kServing;
};

}  // namespace zoobar
