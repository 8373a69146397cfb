// The runtime of every role but the master: it confines the new process, serves the role, and ends it.
#pragma once

#include <optional>

#include "confine/jail.h"
#include "confine/seccomp.h"
#include "site/role.h"

namespace zoobar {

// Enters the jail, reads the master's messages, and serves the role until the master ends the role, or until the master
// itself ends. Returns the exit status of the process. Dies if a step of the confinement fails. The process must have
// been started with the descriptors of control.h. pool: the user ids of runs, if this role starts runs.
int ServeRole(const RoleSpec& spec, JailKind kind, std::optional<IdRange> pool);

// The last step of ServeRole: reads the master's messages on `control`, and serves the role. `prepared`: what
// RoleSpec::prepare has returned. Everything before this step confines the process, so only the simulation of a whole
// site in one process (test/simulation) calls it directly.
int ServeMessages(const RoleSpec& spec, JailKind kind, Fd control, Fd prepared);

}  // namespace zoobar
