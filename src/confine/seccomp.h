// Seccomp filters (seccomp(2)): allow-lists, made by libseccomp. Other architectures and x32 are killed.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

#include "confine/privileges.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// From here on this process and its children can make the role's calls and no others: the first other one kills it.
// Needs no_new_privs. An Error means that nothing is confined and the process must end.
Status LoadRoleFilter(const Privileges& privileges);

struct IdRange {
  std::uint32_t first = 0, last = 0;
};

// For the interpreter and its runs: `group` is allowed, everything else answered by RET_TRACE (see below), so that a
// run's own filter has the last word.
Status LoadAncestorFilter(Calls group);

// The pool's ids, first and last, and no others: for the interpreter, whatever its ancestors may.
Status LoadPoolFilter(IdRange pool);

// What a run may do, as a filter that asks a listener about every other call (seccomp_unotify(2)); clone3 is ENOSYS.
// Made once, installed in each run.
Result<std::vector<sock_filter>> MakeRunFilter();
// Installs it: the listener, or an Error. Needs no_new_privs.
Result<Fd> InstallRunFilter(const std::vector<sock_filter>& filter);

// The ids the master's children may take, and nothing else.
struct SiteIds {
  std::vector<std::uint32_t> ids;  // of roles: users' and groups' alike
  IdRange pool;                    // of runs
  bool groups;                     // may children set extra groups: only in a namespace whose map holds no foreign one
};

// The master's filter. Its children inherit it while they build their jails, so it allows the union of what they need;
// setresuid and setresgid only as (id, id, id) with ids of the site, setgroups with no groups unless ids.groups; no
// other call that changes an id. Default: RET_TRACE, which ranks below USER_NOTIF (docs/design.md, traps) and is ENOSYS
// when nobody traces.
Status LoadMasterFilter(std::span<const Privileges* const> roles, const SiteIds& ids);

}  // namespace zoobar
