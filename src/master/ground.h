// The ground the site stands on: everything that needs root, done once, before root is given up.
// docs/design.md, "Root's short life".
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
  Config config;  // complete
  JailKind kind = JailKind::kNamespaces;
  std::string namespaces_refused;  // why, when kind is kChroot

  Fd state_lock, id_lock;
  std::vector<Fd> listeners;
  std::vector<std::string> addresses;  // "127.0.0.1:8080", of each listener
  Fd notify, control_listener, log_directory, executable, null, proc;
  std::string operator_hash;   // argon2id, PHC string
  Fd scratch;                  // where runs are built without mounts (sandbox/scratch.h); invalid: nowhere
  std::map<Role, Fd> folders;  // detached mounts (kNamespaces) or directories (kChroot), of roles with one
};

// Locks, binds, creates and opens. An Error is one line for the operator; nothing is left half made that a second try
// would stumble over.
Result<Ground> PrepareGround(ConfigSources sources);

// From root to the master's uid with what it needs to start roles and nothing else; in the end its filter.
Status GiveUpRoot(Ground& ground);

// How a role is started on this ground, but for its stderr and its control socket.
Result<SpawnPlan> PlanStart(const Ground& ground, const RoleSpec& spec, const Config::RoleConfig& row);

// Where a role's folder stands in the master's root, for CloneFolder.
std::string MasterPath(Role role);

// Who holds a lock: "process 123". Exposed for doctor: an Error when the lock could not be had, naming who holds it.
Result<Fd> LockState(const std::string& state_dir);
Result<Fd> LockIds(std::uint32_t id_base);
// A listening socket. Exposed for doctor too.
Result<Fd> BindListener(const Config::Listen& listen_at);

}  // namespace zoobar
