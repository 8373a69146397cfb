// The master's own way down: from root into a user namespace that holds zoobar's ids and nothing else, with a root of
// its own that holds what roles need to start. docs/design.md, "Root's short life" and its traps.
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
  std::uint32_t base, count;  // the same ids inside and outside
};

// Tries whether this machine lets the caller have what the master needs: a folder as a mount, then, in a child, user,
// mount, pid, UTS, IPC and network namespaces with this map, and a tmpfs in it. An Error names the step that was
// refused.
Status ProbeNamespaces(IdMap map);

enum class FolderUse { kReadWrite, kReadOnly, kExecute };

// As root: the directory as a detached mount, nosuid and nodev, noexec unless kExecute, read-only unless kReadWrite.
Result<Fd> TakeFolder(const std::string& path, FolderUse use);

// Enters new user, mount, UTS, IPC and network namespaces; a child that stays outside writes the maps. Single-threaded
// callers only. Afterwards the caller has every capability inside and none outside.
Status EnterNamespaces(IdMap map);

// A folder to stand in the master's root, by path from it: "/usr/lib", "/folders/bank".
struct Placed {
  std::string path;
  Fd mount;
};
// Makes a tmpfs over the working directory the caller's root, with these folders and an empty /jail; everything else is
// gone. lib64 and lib become links into usr, as on every merged-/usr system. (The working directory follows its process
// into a new mount namespace, where a descriptor of it would not, nor a path below somebody else's 0700 home.)
Status BuildMasterRoot(std::vector<Placed> folders);

// Writes the maps of a child that clone(2) has put in a user namespace of its own: each range the same inside and
// outside. proc: a descriptor of /proc. The child is dumpable, or its files there are root's.
Status WriteMaps(int proc, pid_t child, const std::vector<IdMap>& maps);

// A fresh detached tmpfs. options: as mount(8) has them, "size" first of all; attributes: MOUNT_ATTR_*.
Result<Fd> MakeTmpfs(std::initializer_list<std::pair<const char*, std::string>> options, unsigned attributes);

// Another detached clone of a folder in the master's root, for one start of a role.
Result<Fd> CloneFolder(const std::string& path);

// Takes these ids for good: no groups, real, effective and saved. Capabilities stay, where they are kept by
// SECBIT_KEEP_CAPS or no id is root's.
Status TakeIds(std::uint32_t uid, std::uint32_t gid, const std::vector<gid_t>& groups);

}  // namespace zoobar
