// Seccomp filters (seccomp(2)): allow-lists, made by libseccomp. They kill a process that calls the kernel as another
// architecture or as x32.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "confine/privileges.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Allows this process and its children the role's system calls only. The first other call kills the process. Needs
// no_new_privs. After an Error nothing is confined, and the caller must end the process.
Status LoadRoleFilter(const Privileges& privileges);

struct IdRange {
  std::uint32_t first = 0, last = 0;
};

// For the interpreter and its runs. Allows `group`; every other call is answered with RET_TRACE (see LoadMasterFilter),
// so that the filter of a run decides about it.
Status LoadAncestorFilter(Calls group);

// For the interpreter: allows it to take the ids of the pool and no others, even where the filters of its ancestors
// allow more.
Status LoadPoolFilter(IdRange pool);

// Makes the filter of a run. It allows what a program may call, answers clone3 with ENOSYS, and asks a listener about
// every other call (seccomp_unotify(2)). It is made once and installed in each run.
Result<std::vector<sock_filter>> MakeRunFilter();
// Installs the filter in this process and returns its listener, which the caller owns. Needs no_new_privs.
Result<Fd> InstallRunFilter(const std::vector<sock_filter>& filter);

// The ids that children of the master may take.
struct SiteIds {
  std::vector<std::uint32_t> ids;  // user and group ids of roles
  IdRange pool;                    // ids of runs
  // Whether children may set supplementary groups. Only safe in a user namespace whose map holds no foreign group.
  bool groups;
};

// The master's filter. The roles inherit it and build their jails under it, so it allows all that any of them needs. It
// allows setresuid and setresgid only as (id, id, id) with an id of the site, setgroups only with no groups unless
// ids.groups is set, and no other call that changes an id. Every other call is answered with RET_TRACE. RET_TRACE ranks
// below USER_NOTIF (docs/design.md, traps), and without a tracer it gives ENOSYS.
Status LoadMasterFilter(std::span<const Privileges* const> roles, const SiteIds& ids);

}  // namespace zoobar
