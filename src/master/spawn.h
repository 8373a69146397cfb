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
  int executable;  // zoobar's own program file, for execveat; the master's root directory has no path to it
  std::uint32_t uid, gid;
  std::vector<gid_t> groups;
  std::uint64_t open_files;  // max_open_files of the configuration, which lowers the role's own limit; 0: not set
  int null, standard_error, control;
  std::vector<Fd> folders;
  // Set only for the role that starts runs: the ids for its runs. This role keeps more descriptors open: after those of
  // the folders come the executable and, if there is one, the scratch. The role also gets `capabilities`, and gives
  // them up itself later.
  std::optional<IdRange> pool;
  int scratch = -1;
  std::uint64_t capabilities = 0;
  // The ids that the role's own user namespace contains. That namespace is inside the master's. If this is empty, the
  // role gets no user namespace of its own.
  std::vector<IdMap> maps;
  int proc = -1;  // a descriptor of /proc; the maps are written to files in it
};

struct Spawned {
  pid_t pid = -1;
  Fd pidfd;  // becomes readable when the process has ended
};

// Starts a child process with a session of its own and, if the kind is kNamespaces, with namespaces of its own. The
// child has only the descriptors in the plan, the role's ids, and the few capabilities that it needs to build its jail.
// These are ambient capabilities, so that they survive execve. The child then executes `zoobar --role=NAME`.
Result<Spawned> Spawn(const SpawnPlan& plan);

// Sends SIGKILL to the role's process. The master has no permission to signal the role, so it forks a child that takes
// the role's uid and sends the signal. Returns false if that was not possible now, for example because there may be no
// further process.
bool EndProcess(const Fd& pidfd, std::uint32_t uid, std::uint32_t gid);

}  // namespace zoobar
