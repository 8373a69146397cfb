// The runtime of every role but the master: from a fresh image to a confined role that serves, and to its end.
#pragma once

#include <optional>

#include "confine/jail.h"
#include "confine/seccomp.h"
#include "site/role.h"

namespace zoobar {

// Enters the jail, reads the master's messages and runs the role until it is told to drain or the master is gone.
// Returns the process's exit status; dies when a confinement step fails. The descriptors are those of control.h. pool:
// the ids of runs, if this role starts them.
int RunRole(const RoleSpec& spec, JailKind kind, std::optional<IdRange> pool);

}  // namespace zoobar
