// The ground of a site is everything that only root can prepare: locks, sockets, files and folders. The master prepares
// it once at the start and then gives up root. See docs/design.md, "Root's short life".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "confine/jail.h"
#include "confine/namespaces.h"
#include "ipc/fd.h"
#include "ipc/result.h"
#include "master/audit.h"
#include "master/program.h"
#include "master/spawn.h"
#include "master/tls_files.h"
#include "site/role.h"
#include "site/rows.h"

namespace zoobar {

struct Ground {
  ConfigSources sources;  // kept, because a reload needs them again
  Fd config_directory;
  std::string config_name;
  Config config;  // with all defaults filled in (CompleteConfig)
  JailKind kind = JailKind::kNamespaces;
  std::string namespaces_refused;  // if kind is kChroot: why the kernel refused namespaces

  Fd state_lock, id_lock;
  struct Listener {
    Fd socket;
    bool tls = false;
    std::string address;  // as in "127.0.0.1:8080"
    int row = -1;         // its row among `listen`; -1: another program has bound it, and no row has its address
  };
  std::vector<Listener> listeners;
  std::map<Role, Listener> own;        // of roles with a listener of their own (listeners.h)
  std::vector<TlsFiles> certificates;  // of the configuration's `tls`, in its order
  Fd notify, control_listener, log_directory, executable, null, proc;
  InstalledProgram installed;
  Milliseconds watchdog{0};  // as TakeWatchdog returns it
  AuditGround audit;
  std::string operator_hash;                  // hash of the operator secret: argon2id, as a PHC string
  std::string operator_key;                   // the public half of the operator key (site/operator_act.h)
  std::vector<Placed> packages;               // the modules that programs may import (package_tree.h)
  std::vector<std::string> packages_refused;  // for the log: the modules of profile.packages that programs do not get
  Fd scratch;                  // the tmpfs for runs if mounts are refused (sandbox/scratch.h); else invalid
  Fd challenges;               // the folder STATE/acme as a detached mount (kNamespaces); else invalid
  std::map<Role, Fd> folders;  // the folder of each role that has one: a detached mount (kNamespaces) or a directory
};

// Takes the locks, binds the sockets, and creates and opens the files. An Error is one line for the operator. After an
// Error the caller may call this again: files that the first call created do not make the second call fail.
Result<Ground> PrepareGround(ConfigSources sources);

// Changes from root to the master's uid, keeps only the capabilities that the master needs to start roles, and loads
// the master's seccomp filter.
Status GiveUpRoot(Ground& ground);

// Returns the plan for starting a process of this role. The caller must still add the role's stderr and control socket
// to the plan.
Result<SpawnPlan> PlanStart(const Ground& ground, const RoleSpec& spec, const Config::RoleConfig& row);

// Returns the path of the role's folder inside the master's root directory. The caller passes the path to CloneFolder.
std::string MasterPath(Role role);
// The same for the folder of challenges, which no role owns.
inline constexpr const char* kMasterChallenges = "/folders/acme";

// Returns whether the role has a store of its own.
bool HasStore(const RoleSpec& spec);

// The following functions are public because `zoobar doctor`, `zoobar restore` and `zoobar ctl log` also call them.
// LockState and LockIds return a descriptor. The lock is held until the descriptor is closed. If another process holds the
// lock, the Error names that process.
Result<Fd> LockState(const std::string& state_dir);
Result<Fd> LockIds(std::uint32_t id_base);
// Returns the process that holds the lock of LockState. 0: nobody, or a process of another pid namespace.
pid_t StateHolder(const std::string& state_dir);
// Whether anybody holds it, that is, whether a site runs there.
bool SiteRuns(const std::string& state_dir);

}  // namespace zoobar
