// Seccomp filters (seccomp(2)). Each filter is a list of allowed system calls, which libseccomp turns into a filter for
// the kernel. The filters kill a process that makes a system call of another architecture or of x32.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "confine/privileges.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Allows this process, and the children that it starts, only the role's system calls. Any other call kills the process
// that makes it. no_new_privs must be set first. After an Error no filter is in force, and the caller must end the
// process.
Status LoadRoleFilter(const Privileges& privileges);

struct IdRange {
  std::uint32_t first = 0, last = 0;
};

// Loads the filter that the interpreter has and that its runs inherit. It allows the calls of `group`. It answers every
// other call with RET_TRACE (see LoadMasterFilter), so that the run's own filter decides about the call.
Status LoadAncestorFilter(Calls group);

// Loads a filter for the interpreter. With it, the interpreter and its runs can change only to ids of the pool, even if
// the master's filter allows more ids.
Status LoadPoolFilter(IdRange pool);

// Makes the filter for runs. It allows the system calls that a program may use, answers the calls that libraries make by
// themselves (AnsweredCalls), and asks a listener, the supervisor, about every other call (seccomp_unotify(2)). The
// interpreter makes the filter once, and each run installs it.
Result<std::vector<sock_filter>> MakeRunFilter();
// Installs the filter in this thread and returns the filter's listener, a descriptor that the caller owns. no_new_privs
// must be set first.
Result<Fd> InstallRunFilter(const std::vector<sock_filter>& filter);

// The ids to which children of the master may change.
struct SiteIds {
  std::vector<std::uint32_t> ids;  // user and group ids of roles
  IdRange pool;                    // ids of runs
  // Whether children may set supplementary groups. This is safe only in a user namespace whose map holds no groups but
  // zoobar's own.
  bool groups;
};

// Loads the master's filter. The roles inherit it and build their jails under it, so it allows every call that any of
// them needs. It allows setresuid and setresgid only as (id, id, id) with an id of the site. It allows setgroups only
// with an empty list, unless ids.groups is set. It allows no other call that changes an id. The filter answers every
// call that it does not allow with RET_TRACE, which gives ENOSYS if there is no tracer. RET_TRACE is weaker than
// USER_NOTIF, so a run's own filter can still ask its listener about the call (docs/design.md, traps).
Status LoadMasterFilter(std::span<const Privileges* const> roles, const SiteIds& ids);

}  // namespace zoobar
