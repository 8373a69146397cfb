// A role's way into its jail: what a fresh role image does before it reads a byte from anyone. Every step, or the
// process dies (the caller's MustSucceed).
#pragma once

#include <string>
#include <vector>

#include "confine/privileges.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

enum class JailKind {
  kNamespaces,  // own mount, pid, UTS, IPC and network namespaces, made by clone(2); folders come as detached mounts
  kChroot,      // where user namespaces are refused: one directory, by chroot
};

// "namespaces" or "chroot".
const char* JailKindName(JailKind kind);

// Where a folder stands in the jail. By chroot the web root is the whole root: nothing can be mounted there.
std::string FolderPath(JailKind kind, Folder folder);

// Pivots (or chroots) into a root that holds the granted folders and nothing else. folders: with kNamespaces a detached
// mount for each grant, in order; with kChroot the directory that becomes the root. Takes them and closes them.
Status EnterRoot(JailKind kind, const Privileges& privileges, std::vector<Fd> folders);

// Everything after the root: capabilities, no_new_privs, not dumpable, rlimits, parent-death signal, Landlock, seccomp.
Status Renounce(JailKind kind, const Privileges& privileges);

// Raises exactly these capabilities to effective, inheritable and ambient, so that they survive the next exec.
// `bits`: 1 << CAP_*.
Status HandOverCapabilities(std::uint64_t bits);
// Keeps exactly these in permitted, effective and the bounding set.
Status KeepCapabilities(std::uint64_t bits);

}  // namespace zoobar
