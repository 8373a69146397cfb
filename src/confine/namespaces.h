// How the master gives up root. It enters a user namespace whose map holds only zoobar's ids, and a root directory of
// its own that holds only what roles need to start. See docs/design.md, "Root's short life" and "Traps that were found
// by trying".
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
  std::uint32_t base, count;  // the ids from base to base + count - 1, with the same numbers inside and outside
};

// Finds out by trying whether this machine allows what the master needs. A child process takes a folder as a mount,
// makes user, mount, pid, UTS, IPC and network namespaces with this id map, and mounts a tmpfs in them. The Error names
// the step that the machine refused.
Status ProbeNamespaces(IdMap map);

enum class FolderUse { kReadWrite, kReadOnly, kExecute, kDevice };

// Returns the directory as a detached mount, which is attached at no path yet. The mount is nosuid. It is nodev unless
// `use` is kDevice (then the path is that of a device's file), noexec unless `use` is kExecute, and read-only unless
// `use` is kReadWrite. The caller must be root.
Result<Fd> TakeFolder(const std::string& path, FolderUse use);

// Lets root call TakeFolder where a container has not given it CAP_SYS_ADMIN. Root then enters a user namespace with the
// same ids, and a mount namespace that belongs to it and has the same mounts. Afterwards root has every capability over
// these mounts, and none over what belongs to the container: its network, for example. So listeners are bound before.
// Where TakeFolder works already, this changes nothing. The caller must have only one thread.
Status AllowMounts();

// Enters new user, mount, UTS, IPC and network namespaces. A child process that stays outside writes the id maps. The
// caller must have only one thread. Afterwards the caller has every capability inside the new user namespace, and none
// outside.
Status EnterNamespaces(IdMap map);

// A folder for the master's root directory, and its path there, for example "/usr/lib" or "/folders/bank".
struct Placed {
  std::string path;
  Fd mount;
};
// Mounts a tmpfs over the working directory and makes the tmpfs the caller's root. The new root holds only these
// folders, an empty /jail, and the links lib and lib64 into usr, as on every merged-/usr system. The working directory
// is used because it stays valid in a new mount namespace. A descriptor of the directory does not stay valid, and a
// path below another user's 0700 home directory could not be opened.
Status BuildMasterRoot(std::vector<Placed> folders);

// Writes the id maps of a child process that clone(2) has put in a user namespace of its own. Each range of ids has the
// same numbers inside and outside. `proc` is a descriptor of /proc. The child must be dumpable, because otherwise root
// owns the child's files in /proc and the caller may not write them.
Status WriteMaps(int proc, pid_t child, const std::vector<IdMap>& maps);

// Makes the directory `path`, and every directory on the way to it that does not exist yet.
Status MakeDirectories(const std::string& path);

// Makes a new tmpfs that is attached at no path yet. `options` are those of mount(8), and must include "size".
// `attributes` are MOUNT_ATTR_* flags of the mount.
Result<Fd> MakeTmpfs(std::initializer_list<std::pair<const char*, std::string>> options, unsigned attributes);

// Makes a detached mount read-only.
Status MakeReadOnly(const Fd& mount);

// Returns a new detached mount of a folder in the master's root, with the mounts below it. Each start of a role needs a
// new one, because a detached mount can be attached only once.
Result<Fd> CloneFolder(const std::string& path);

// Sets the real, effective and saved user ids to `uid`, the same three group ids to `gid`, and the supplementary groups
// to `groups`. The process keeps its capabilities if SECBIT_KEEP_CAPS is set or if none of its ids was root's before.
Status TakeIds(std::uint32_t uid, std::uint32_t gid, const std::vector<gid_t>& groups);

}  // namespace zoobar
