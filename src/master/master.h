// Role:      master: binds the sockets, builds the jails, wires the roles, gives up root, and restarts roles that end.
//            A person, systemd or a container starts it.
// Called by: nobody. Roles send it single bytes, or two for a restart (role.h, StateByte); it parses no message that
//            a role wrote.
// Calls:     nobody; it sends its own log lines to logger, one way.
// Holds:     root at first (ground.h). Then capabilities inside its own user namespace. Where user namespaces are
//            refused, the master holds CAP_SETUID, CAP_SETGID, CAP_SYS_CHROOT and CAP_SETPCAP instead. Its seccomp
//            filter limits them to the site's ids.
// If compromised: the attacker controls all of zoobar, but not the rest of the machine.
// Known limits: a role can accuse a peer of breaking the protocol although this is false. The master then restarts the
//            peer. The restart policy (restart.h) limits how often a role is restarted. A role that ends again and
//            again serves only in the time between; `zoobar ctl status` calls it degraded and says why.
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

// Serves the site until SIGTERM or SIGINT. Then the process exits with status 0, and this function does not return.
// Returns 2 if the site could not start. In this case one line on stderr says why.
int ServeMaster(MasterOptions options, int argc, char** argv);

class MasterLog;

class Master {
 public:
  Master(Ground ground, const MasterOptions& options);
  ~Master();
  int Serve();

 private:
  // One instance of a role. It has a process, or it waits until its next process is started.
  struct Instance {
    const RoleSpec* spec = nullptr;
    std::uint32_t number = 0, slot = 0;
    const Config::RoleConfig* row = nullptr;

    pid_t pid = -1;
    Fd pidfd, control, stderr_read;
    std::unique_ptr<Watch> death, states;
    std::unique_ptr<Timer> restart;
    std::unique_ptr<Timer> end_again;  // if its process could not be killed
    RestartPolicy policy{Milliseconds(0)};
    std::string ending;    // why the master kills this process; empty if the master does not kill it
    std::string last_end;  // how the previous process ended
    std::unique_ptr<Timer> recovery;
    Sparing deaths_told, accusations_told;
    std::uint32_t starts = 0, program = 0;
    std::int64_t started_us = 0, started_ms = 0;
    bool ready = false, drained = false;
    bool leaving = false;       // it is being restarted because the operator asked for it
    bool answer_due = false;    // admin waits to hear what came of it
    std::int64_t asked_us = 0;  // when the last restart that was asked for began; 0: none yet
    const char* state = "starting";
  };

  void StartAll();
  void Start(Instance& instance);
  Status TryStart(Instance& instance);
  bool SendStart(Instance& instance);
  bool Tell(Instance& instance, const ToRole& message, const std::vector<int>& fds);
  void WirePeers(Instance& fresh);
  bool WireTo(Instance& to, const Instance& peer, int channel);
  void WireMasterTo(Instance& logger);

  void ReadStates(Instance& instance);
  void TakeState(Instance& instance, std::uint8_t byte);
  void OnReady(Instance& instance);
  // The following functions handle the deaths of roles. They are in master_deaths.cc.
  void Accuse(Instance& accuser, std::uint32_t slot);
  void OnDeath(Instance& instance);
  void GiveUpStart(const Instance& instance, const std::string& why);
  void TellDeath(Instance& instance, const std::string& how);
  void ScheduleRestart(Instance& instance, bool was_ready);
  void WaitForRecovery(Instance& instance);
  void Recover(Instance& instance);
  void End(Instance& instance, std::string why);
  void Reap();
  void NotifyStatus();

  // The following functions carry out what the operator asks for. They are in master_restarts.cc.
  std::string RestartRefused(const Instance& instance) const;
  void RestartAsked(std::uint32_t slot);
  void Leave(Instance& instance);
  void TellRestartEnded(Instance& instance, const std::string& refused);
  void SendRestartEnded(std::uint32_t slot, const std::string& refused, bool failed);
  void TakeProgram(bool back);
  void Rest();
  void Resume();
  void SendRest(Instance& instance);

  void KeepAlive();
  void RenewLogs();
  void Reload();
  void TellReloadEnded(const std::string& refused, bool needs_restart);
  void SendToAdmin(const ToRole& message);
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
  AuditKeeper audit_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::vector<std::pair<Role, Bytes>> ticket_keys_;
  std::unique_ptr<SignalWatch> term_, interrupt_, hangup_, child_;
  std::unique_ptr<Timer> drain_limit_;
  Timer keep_alive_{loop_};
  const std::int64_t began_us_ = MonotonicMicros();
  // ground_.executable is the program with this number. Each one that is taken gets the next number; 0 is the master's.
  std::uint32_t program_ = 0, last_program_ = 0;
  Fd program_before_;  // invalid: there was none
  std::uint32_t number_before_ = 0;
  bool announced_ = false, roster_due_ = false;
  bool resting_ = false;       // the site takes no new connections, because the operator asked for it
  std::string start_refused_;  // why the site cannot start; empty as long as it can
  std::string status_told_;    // the degraded roles that the master last reported to the service manager
  enum class Stage { kServing, kDrainingFront, kDrainingBack, kDrainingLog } stage_ = Stage::kServing;
};

}  // namespace zoobar
