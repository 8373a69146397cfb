// The ground of a site: everything that needs root. The master prepares it once and then gives root up. docs/design.md,
// "Root's short life".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "confine/jail.h"
#include "ipc/fd.h"
#include "ipc/result.h"
#include "master/config.h"
#include "master/spawn.h"
#include "site/role.h"
#include "site/rows.h"

namespace zoobar {

struct Ground {
  ConfigSources sources;  // for a reload
  Fd config_directory;
  std::string config_name;
  Config config;  // completed
  JailKind kind = JailKind::kNamespaces;
  std::string namespaces_refused;  // the reason, when kind is kChroot

  Fd state_lock, id_lock;
  std::vector<Fd> listeners;
  std::vector<std::string> addresses;  // of each listener: "127.0.0.1:8080"
  Fd notify, control_listener, log_directory, executable, null, proc;
  std::string operator_hash;   // argon2id, PHC string
  Fd scratch;                  // for runs where mounts are refused (sandbox/scratch.h); invalid: there is none
  std::map<Role, Fd> folders;  // of roles with a folder: detached mounts (kNamespaces) or directories (kChroot)
};

// Takes the locks, binds the sockets, creates and opens the files. An Error is one line for the operator. After an
// Error the call may be repeated: nothing half made is left in its way.
Result<Ground> PrepareGround(ConfigSources sources);

// Changes from root to the master's uid, keeps only the capabilities needed to start roles, and loads the master's
// filter.
Status GiveUpRoot(Ground& ground);

// How a role is started on this ground. The caller adds its stderr and its control socket.
Result<SpawnPlan> PlanStart(const Ground& ground, const RoleSpec& spec, const Config::RoleConfig& row);

// The path of a role's folder in the master's root, for CloneFolder.
std::string MasterPath(Role role);

// `zoobar doctor` uses these three as well. The locks hold until the descriptor is closed; an Error names the process
// that holds the lock.
Result<Fd> LockState(const std::string& state_dir);
Result<Fd> LockIds(std::uint32_t id_base);
// A listening socket.
Result<Fd> BindListener(const Config::Listen& listen_at);

}  // namespace zoobar
