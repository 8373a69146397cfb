// How the master starts and ends the process of a role. The child then confines itself (confine/jail.h).
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
  int executable;  // zoobar itself, for execveat: the master's root has no path to it
  std::uint32_t uid, gid;
  std::vector<gid_t> groups;
  std::uint64_t open_files;  // max_open_files of the configuration, a lower limit than the role's own; 0: none
  int null, standard_error, control;
  std::vector<Fd> folders;
  // For the role that starts runs: the ids of the runs. This role keeps the executable open, as the descriptor after
  // the folders, and then the scratch if there is one. It also gets `capabilities`, until it renounces them.
  std::optional<IdRange> pool;
  int scratch = -1;
  std::uint64_t capabilities = 0;
  // The ids in a user namespace of its own, inside the master's. Empty: it gets no user namespace of its own.
  std::vector<IdMap> maps;
  int proc = -1;  // a descriptor of /proc, where the maps are written
};

struct Spawned {
  pid_t pid = -1;
  Fd pidfd;  // readable once the process has ended
};

// Starts a child with a session of its own, only the planned descriptors, namespaces of its own (kNamespaces), the
// role's ids, and the few capabilities that its jail needs, as ambient ones. The child then executes
// `zoobar --role=NAME`.
Result<Spawned> Spawn(const SpawnPlan& plan);

// Sends SIGKILL. A child does it that has taken the role's uid, because the master has no permission to signal the
// role.
void EndProcess(const Fd& pidfd, std::uint32_t uid, std::uint32_t gid);

}  // namespace zoobar
