// How the master stops being root: it enters a user namespace whose map holds only zoobar's ids, and a root directory
// of its own that holds only what roles need to start. docs/design.md, "Root's short life" and its traps.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "confine/jail.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

struct IdMap {
  std::uint32_t base, count;  // these ids have the same numbers inside and outside
};

// Tries whether this machine allows what the master needs: first to take a folder as a mount; then, in a child process,
// to make user, mount, pid, UTS, IPC and network namespaces with this map, and to mount a tmpfs there. An Error names
// the step that was refused.
Status ProbeNamespaces(IdMap map);

enum class FolderUse { kReadWrite, kReadOnly, kExecute };

// Returns the directory as a detached mount: nosuid and nodev, noexec unless kExecute, read-only unless kReadWrite. The
// caller must be root.
Result<Fd> TakeFolder(const std::string& path, FolderUse use);

// Enters new user, mount, UTS, IPC and network namespaces. A child process that stays outside writes the id maps. The
// caller must have only one thread. Afterwards it has every capability inside and none outside.
Status EnterNamespaces(IdMap map);

// A folder of the master's root, and its path there: "/usr/lib", "/folders/bank".
struct Placed {
  std::string path;
  Fd mount;
};
// Mounts a tmpfs over the working directory and makes it the caller's root. It holds these folders and an empty /jail;
// nothing else is left. lib64 and lib become links into usr, as on every merged-/usr system. The working directory is
// used because it stays valid in a new mount namespace. A descriptor of it would not, and neither would a path below
// a 0700 home directory of another user.
Status BuildMasterRoot(std::vector<Placed> folders);

// Writes the id maps of a child that clone(2) has put in a user namespace of its own. Each range is the same inside and
// outside. `proc`: a descriptor of /proc. The child must be dumpable; otherwise root owns its files in /proc.
Status WriteMaps(int proc, pid_t child, const std::vector<IdMap>& maps);

// Makes a new detached tmpfs. `options`: as in mount(8), at least "size". `attributes`: MOUNT_ATTR_*.
Result<Fd> MakeTmpfs(std::initializer_list<std::pair<const char*, std::string>> options, unsigned attributes);

// Makes another detached mount of a folder in the master's root, for one start of a role.
Result<Fd> CloneFolder(const std::string& path);

// Sets the real, effective and saved ids to these, and the supplementary groups to `groups`. Capabilities stay if
// SECBIT_KEEP_CAPS is set or if none of the ids was root's.
Status TakeIds(std::uint32_t uid, std::uint32_t gid, const std::vector<gid_t>& groups);

}  // namespace zoobar
