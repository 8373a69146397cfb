// Starting and ending a role's process: the master's side of a role's birth. jail.h is the child's.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "confine/jail.h"
#include "confine/namespaces.h"
#include "confine/seccomp.h"
#include "ipc/fd.h"
#include "ipc/result.h"
#include "options.pb.h"

namespace zoobar {

struct SpawnPlan {
  Role role;
  JailKind kind;
  int executable;  // zoobar itself, for execveat: paths are gone
  std::uint32_t uid, gid;
  std::vector<gid_t> groups;
  std::uint64_t open_files;  // a bound below what the role's own row asks for; 0: none
  int null, standard_error, control;
  std::vector<Fd> folders;
  // Of the role that starts runs, the ids they may have. It keeps the executable as the descriptor after the folders,
  // then the scratch if there is one, and holds `capabilities` too until it renounces them.
  std::optional<IdRange> pool;
  int scratch = -1;
  std::uint64_t capabilities = 0;
  // A user namespace of its own, one level below, with these ids; empty: none.
  std::vector<IdMap> maps;
  int proc = -1;  // a descriptor of /proc: the maps are written there
};

struct Spawned {
  pid_t pid = -1;
  Fd pidfd;  // readable once it has ended
};

// The child: own session, only the planned descriptors, own namespaces (kNamespaces), the role's ids, and the few
// capabilities its jail needs as ambient ones; then the executable again as `zoobar --role=NAME`.
Result<Spawned> Spawn(const SpawnPlan& plan);

// SIGKILL, by a child that takes the role's uid: the master itself may not signal it.
void EndProcess(const Fd& pidfd, std::uint32_t uid, std::uint32_t gid);

}  // namespace zoobar
