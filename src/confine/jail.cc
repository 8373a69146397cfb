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

#include "confine/landlock.h"
#include "confine/seccomp.h"

namespace zoobar {
namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr unsigned kEmptyPath = 0x4;  // MOVE_MOUNT_F_EMPTY_PATH, <linux/mount.h>, which clashes with <sys/mount.h>

Status Step(long result, const std::string& what) {
  if (result == 0) return {};
  return Error::FromErrno(what);
}

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
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) continue;  // unknown to this kernel, or gone already
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return Error::FromErrno("capability bounding set");
  }
  return {};
}

Status Limit(__rlimit_resource what, std::uint64_t value, const char* name) {
  rlimit now;
  if (getrlimit(what, &now) != 0) return Error::FromErrno(name);
  // Never above what the master itself was given.
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
  for (const auto& limit : all) {
    if (Status status = Limit(limit.what, limit.value, limit.name); !status) return status;
  }
  return {};
}

// Every folder on the way to `path`, itself included.
Status MakeDirectories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) return Error::FromErrno(part);
    if (end == path.npos) return {};
  }
}

Status EnterNamespaceRoot(const Privileges& privileges, const std::vector<Fd>& folders) {
  if (folders.size() != privileges.folders.size()) return Error{"jail: folders and grants do not match"};
  Status status = Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  if (status)
    status = Step(mount("jail", "/jail", "tmpfs", kPlain, "size=64k,nr_inodes=16,mode=0755"), "tmpfs for the root");
  const mode_t before = umask(022);  // runs, which have other ids, pass through these directories
  for (std::size_t i = 0; status && i < folders.size(); ++i) {
    const std::string place = "/jail" + FolderPath(JailKind::kNamespaces, privileges.folders[i].folder);
    status = MakeDirectories(place);
    if (status)
      status = Step(syscall(SYS_move_mount, folders[i].get(), "", AT_FDCWD, place.c_str(), kEmptyPath),
                    "move_mount " + place);
  }
  if (status && privileges.owns_pool) {
    // For the interpreter's image, and for the roots of runs.
    status = Step(symlink("usr/lib", "/jail/lib"), "lib");
    if (status) status = Step(symlink("usr/lib64", "/jail/lib64"), "lib64");
    if (status) status = Step(mkdir("/jail/run", 0755), "run");
  }
  umask(before);
  if (status)
    status =
        Step(mount(nullptr, "/jail", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kPlain, nullptr), "read-only root");
  if (status) status = Step(chdir("/jail"), "/jail");
  // pivot_root(2), NOTES: with both the same the old root ends up on top, and goes with one umount.
  if (status) status = Step(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  if (status) status = Step(umount2(".", MNT_DETACH), "leave the old root");
  if (status) status = Step(chdir("/"), "/");
  return status;
}

std::uint64_t Bits(std::span<const CapabilityGrant> grants) {
  std::uint64_t bits = 0;
  for (const CapabilityGrant& grant : grants) bits |= std::uint64_t{1} << grant.capability;
  return bits;
}

}  // namespace

const char* JailKindName(JailKind kind) { return kind == JailKind::kNamespaces ? "namespaces" : "chroot"; }

std::string FolderPath(JailKind kind, Folder folder) {
  if (folder == Folder::kStore) return "/store";
  if (folder == Folder::kLibraries) return "/usr/lib";
  if (folder == Folder::kLoader) return "/usr/lib64";
  return kind == JailKind::kNamespaces ? "/web" : "/";
}

Status EnterRoot(JailKind kind, const Privileges& privileges, std::vector<Fd> folders) {
  if (kind == JailKind::kNamespaces) return EnterNamespaceRoot(privileges, folders);
  if (folders.size() != 1) return Error{"jail: one directory expected"};
  Status status = Step(fchdir(folders[0].get()), "jail directory");
  if (status) status = Step(chroot("."), "chroot");
  if (status) status = Step(chdir("/"), "/");
  return status;
}

Status Renounce(JailKind kind, const Privileges& privileges) {
  // The signal first-class death of the master sends; set after the last change of uid, which clears it.
  Status status = Step(prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
  if (status) status = Step(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  if (status) status = Step(prctl(PR_SET_DUMPABLE, 0), "PR_SET_DUMPABLE");
  std::vector<LandlockFolder> folders;
  for (const FolderGrant& grant : privileges.folders) {
    const bool store = grant.folder == Folder::kStore;
    folders.push_back({FolderPath(kind, grant.folder), store ? LandlockUse::kStore : LandlockUse::kRead});
  }
  if (status && privileges.without_landlock.empty()) status = RestrictWithLandlock(folders);
  if (status) status = SetLimits(privileges.limits);
  if (status) status = Step(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient capabilities");
  const std::uint64_t kept = kind == JailKind::kNamespaces ? Bits(privileges.capabilities) : 0;
  if (status) status = DropBounding(kept);
  constexpr unsigned long kNoRoot = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (status) status = Step(prctl(PR_SET_SECUREBITS, kNoRoot), "securebits");
  if (status) status = SetCapabilities(kept, 0);
  if (status) status = LoadRoleFilter(privileges);
  return status;
}

Status HandOverCapabilities(std::uint64_t bits) {
  if (Status status = SetCapabilities(bits, bits); !status) return status;
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (!(bits >> capability & 1)) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0)
      return Error::FromErrno("ambient capability");
  }
  return {};
}

Status KeepCapabilities(std::uint64_t bits) {
  if (Status status = DropBounding(bits); !status) return status;
  return SetCapabilities(bits, 0);
}

}  // namespace zoobar
