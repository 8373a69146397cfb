#include "confine/jail.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "confine/build.h"
#include "confine/landlock.h"
#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "confine/packages.h"
#include "confine/seccomp.h"
#include "confine/step.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

Status SetCapabilities(std::uint64_t permitted, std::uint64_t inheritable) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (unsigned half : {0u, 1u}) {
    data[half].permitted = data[half].effective = static_cast<std::uint32_t>(permitted >> (32 * half));
    data[half].inheritable = static_cast<std::uint32_t>(inheritable >> (32 * half));
  }
  return Step(syscall(SYS_capset, &header, data), "capset");
}

Status DropBounding(std::uint64_t keep) {
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (keep >> capability & 1) continue;
    // Skips a capability that this kernel does not know or that was dropped before.
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) continue;
    TRY_STATUS(Step(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "capability bounding set"));
  }
  return {};
}

Status Limit(__rlimit_resource what, std::uint64_t value, const char* name) {
  rlimit now;
  if (getrlimit(what, &now) != 0) return Error::FromErrno(name);
  // Never asks for more than the limit that this process inherited from the master.
  const rlim_t wanted = std::min<rlim_t>(value, now.rlim_max);
  const rlimit limit{wanted, wanted};
  return Step(setrlimit(what, &limit), name);
}

Status SetLimits(const Limits& limits) {
  const struct {
    __rlimit_resource what;
    std::uint64_t value;
    const char* name;
  } all[] = {
      {RLIMIT_NOFILE, limits.open_files, "RLIMIT_NOFILE"},
      {RLIMIT_AS, limits.address_space == 0 ? RLIM_INFINITY : limits.address_space, "RLIMIT_AS"},
      {RLIMIT_FSIZE, limits.file_bytes, "RLIMIT_FSIZE"},
      {RLIMIT_NPROC, limits.processes, "RLIMIT_NPROC"},
      {RLIMIT_CORE, 0, "RLIMIT_CORE"},
      {RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK"},
      {RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE"},
  };
  for (const auto& limit : all) TRY_STATUS(Limit(limit.what, limit.value, limit.name));
  return {};
}

// Attaches the granted folders below /jail.
Status FillRoot(const Privileges& privileges, const std::vector<Fd>& folders) {
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::string place = "/jail" + FolderPath(JailKind::kNamespaces, privileges.folders[i].folder);
    TRY_STATUS(MakeDirectories(place));
    TRY_STATUS(Step(syscall(SYS_move_mount, folders[i].get(), "", AT_FDCWD, place.c_str(), kEmptyPath),
                    "move_mount " + place));
  }
  if (!privileges.owns_pool) return {};
  TRY_STATUS(AttachPackageData("/jail"));
  // The sandbox also needs these links, to execute the interpreter, and a directory /run, where the roots of runs are
  // mounted.
  TRY_STATUS(Step(symlink("usr/lib", "/jail/lib"), "lib"));
  TRY_STATUS(Step(symlink("usr/lib64", "/jail/lib64"), "lib64"));
  return Step(mkdir("/jail/run", 0755), "run");
}

Status EnterNamespaceRoot(const Privileges& privileges, const std::vector<Fd>& folders) {
  if (folders.size() != privileges.folders.size()) return Error{"jail: folders and grants do not match"};
  TRY_STATUS(Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts"));
  TRY_STATUS(Step(mount("jail", "/jail", "tmpfs", kPlain, "size=64k,nr_inodes=64,mode=0755"), "tmpfs for the root"));
  const mode_t before = umask(022);  // runs have other user ids and must be able to pass through these directories
  const Status filled = FillRoot(privileges, folders);
  umask(before);
  TRY_STATUS(filled);
  TRY_STATUS(
      Step(mount(nullptr, "/jail", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kPlain, nullptr), "read-only root"));
  TRY_STATUS(Step(chdir("/jail"), "/jail"));
  // pivot_root(2), NOTES: if both arguments are the same directory, the old root is mounted on top of the new one, and
  // one umount removes it.
  TRY_STATUS(Step(syscall(SYS_pivot_root, ".", "."), "pivot_root"));
  TRY_STATUS(Step(umount2(".", MNT_DETACH), "leave the old root"));
  return Step(chdir("/"), "/");
}

std::uint64_t Bits(std::span<const CapabilityGrant> grants) {
  std::uint64_t bits = 0;
  for (const CapabilityGrant& grant : grants) bits |= CapabilityBit(grant.capability);
  return bits;
}

}  // namespace

const char* JailKindName(JailKind kind) {
  if constexpr (kUnconfined) return "none";
  return kind == JailKind::kNamespaces ? "namespaces" : "chroot";
}

std::string FolderPath(JailKind kind, Folder folder) {
  // Without a root of its own, a role finds its folder from its working directory.
  const bool relative = kUnconfined && kind == JailKind::kChroot;
  if (folder == Folder::kStore) return relative ? "store" : "/store";
  if (folder == Folder::kLibraries) return "/usr/lib";
  if (folder == Folder::kLoader) return "/usr/lib64";
  if (folder == Folder::kZones) return "/usr/share/zoneinfo";
  if (folder == Folder::kDevices) return "/dev";
  if (folder == Folder::kPackages) return kPackageTree;
  if (kind == JailKind::kChroot) return relative ? "." : "/";
  return folder == Folder::kChallenges ? "/acme" : "/web";
}

Status EnterRoot(JailKind kind, const Privileges& privileges, std::vector<Fd> folders) {
  if (kind == JailKind::kNamespaces) return EnterNamespaceRoot(privileges, folders);
  if (folders.size() != 1) return Error{"jail: one directory expected"};
  TRY_STATUS(Step(fchdir(folders[0].get()), "jail directory"));
  if constexpr (kUnconfined) return {};
  TRY_STATUS(Step(chroot("."), "chroot"));
  return Step(chdir("/"), "/");
}

Status Renounce(JailKind kind, const Privileges& privileges) {
  // The kernel sends SIGKILL to this process when the master dies. A change of the user id clears this setting, so it
  // is set after the last change.
  TRY_STATUS(Step(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG"));
  TRY_STATUS(Step(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs"));
  if constexpr (kUnconfined) return SetCapabilities(0, 0);
  TRY_STATUS(Step(prctl(PR_SET_DUMPABLE, 0), "PR_SET_DUMPABLE"));
  std::vector<LandlockFolder> folders;
  for (const FolderGrant& grant : privileges.folders) {
    const bool store = grant.folder == Folder::kStore;
    folders.push_back({FolderPath(kind, grant.folder), store ? LandlockUse::kStore : LandlockUse::kRead});
  }
  if (privileges.without_landlock.empty()) TRY_STATUS(RestrictWithLandlock(folders));
  TRY_STATUS(SetLimits(privileges.limits));
  TRY_STATUS(Step(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient capabilities"));
  const std::uint64_t kept = kind == JailKind::kNamespaces ? Bits(privileges.capabilities) : 0;
  TRY_STATUS(DropBounding(kept));
  constexpr unsigned long kNoRoot = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  TRY_STATUS(Step(prctl(PR_SET_SECUREBITS, kNoRoot), "securebits"));
  TRY_STATUS(SetCapabilities(kept, 0));
  return LoadRoleFilter(privileges);
}

Status HandOverCapabilities(std::uint64_t bits) {
  if constexpr (kUnconfined) return {};  // nothing needs them, and Renounce does not drop ambient ones
  TRY_STATUS(SetCapabilities(bits, bits));
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (!(bits >> capability & 1)) continue;
    TRY_STATUS(Step(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient capability"));
  }
  return {};
}

Status KeepCapabilities(std::uint64_t bits) {
  TRY_STATUS(DropBounding(bits));
  return SetCapabilities(bits, 0);
}

}  // namespace zoobar
