// How a role enters its jail: what a new role process does before it reads a byte from anybody. If any step fails, the
// caller ends the process (MustSucceed).
#pragma once

#include <string>
#include <vector>

#include "confine/privileges.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

enum class JailKind {
  // The role has mount, pid, UTS, IPC and network namespaces of its own, made by clone(2). Its folders come as detached
  // mounts.
  kNamespaces,
  // For machines that refuse user namespaces: chroot into one directory.
  kChroot,
};

// "namespaces" or "chroot".
const char* JailKindName(JailKind kind);

// The path of a folder inside the jail. With kChroot the web root is the whole root, because nothing can be mounted
// there.
std::string FolderPath(JailKind kind, Folder folder);

// Makes a root that holds only the granted folders, and enters it with pivot_root or chroot. `folders`: with
// kNamespaces one detached mount for each grant, in the same order; with kChroot the directory that becomes the root.
// This function owns them and closes them.
Status EnterRoot(JailKind kind, const Privileges& privileges, std::vector<Fd> folders);

// Gives up everything else: sets the parent-death signal, no_new_privs, not dumpable, Landlock, resource limits,
// capabilities and the seccomp filter, in this order.
Status Renounce(JailKind kind, const Privileges& privileges);

// One capability (CAP_* of capabilities(7)) in a set of capabilities.
constexpr std::uint64_t CapabilityBit(unsigned capability) { return std::uint64_t{1} << capability; }

// Makes exactly these capabilities permitted, effective, inheritable and ambient, so that they survive the next exec.
Status HandOverCapabilities(std::uint64_t bits);
// Keeps exactly these capabilities in the permitted, effective and bounding sets.
Status KeepCapabilities(std::uint64_t bits);

}  // namespace zoobar
