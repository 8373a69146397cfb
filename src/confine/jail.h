// The steps by which the process of a new role enters its jail. The process takes them before it reads a byte from
// anybody. If a step fails, the function returns an Error, and the caller ends the process (MustSucceed).
#pragma once

#include <string>
#include <vector>

#include "confine/privileges.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

enum class JailKind {
  // The role has mount, pid, UTS, IPC and network namespaces of its own, which clone(2) made. The master passes each of
  // the role's folders as a detached mount, which is attached at no path yet.
  kNamespaces,
  // For machines that refuse user namespaces. The role changes its root to one directory (chroot).
  kChroot,
};

// Returns "namespaces" or "chroot".
const char* JailKindName(JailKind kind);

// Returns the path of a folder inside the jail. With kChroot nothing can be mounted. So the web root itself becomes the
// role's root, and its path is "/"; the challenges are looked for there too.
std::string FolderPath(JailKind kind, Folder folder);

// Makes a root directory that holds only the granted folders, and enters it with pivot_root or chroot. With
// kNamespaces, `folders` has one detached mount for each folder grant of `privileges`, in the same order. With kChroot,
// it has only the directory that becomes the root. The function takes ownership of the descriptors and closes them.
Status EnterRoot(JailKind kind, const Privileges& privileges, std::vector<Fd> folders);

// Gives up all powers that the role does not need. The steps, in this order: set the parent-death signal and
// no_new_privs, make the process not dumpable, restrict it with Landlock, set resource limits, drop capabilities, load
// the seccomp filter.
Status Renounce(JailKind kind, const Privileges& privileges);

// Returns the bit that stands for one capability (CAP_* of capabilities(7)) in a set of capabilities.
constexpr std::uint64_t CapabilityBit(unsigned capability) { return std::uint64_t{1} << capability; }

// Makes exactly the capabilities in `bits` permitted, effective, inheritable and ambient, so that the process still has
// them after the next exec.
Status HandOverCapabilities(std::uint64_t bits);
// Keeps exactly the capabilities in `bits` in the permitted, effective and bounding sets, and drops all others.
Status KeepCapabilities(std::uint64_t bits);

}  // namespace zoobar
