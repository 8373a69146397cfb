// Changes the process from root to the master's uid. This cannot be undone.
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "confine/devices.h"
#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "confine/seccomp.h"
#include "ipc/try.h"
#include "master/ground.h"
#include "roles/table.h"

namespace zoobar {
namespace {

// Adds the folders of the machine that runs see besides the libraries. They are the same for all runs.
Status PlaceForRuns(std::vector<Placed>& placed) {
  const std::string zones = FolderPath(JailKind::kNamespaces, Folder::kZones);
  if (access(zones.c_str(), F_OK) == 0) {
    TRY(Fd mount, TakeFolder(zones, FolderUse::kReadOnly));
    placed.push_back({zones, std::move(mount)});
  } else {
    TRY(Fd empty, MakeTmpfs({{"size", "4k"}, {"nr_inodes", "1"}}, kAttrNoSuid | kAttrNoDev | kAttrNoExec));
    TRY_STATUS(MakeReadOnly(empty));
    placed.push_back({zones, std::move(empty)});
  }
  TRY(std::vector<Placed> devices, PlaceDevices(FolderPath(JailKind::kNamespaces, Folder::kDevices)));
  for (Placed& device : devices) placed.push_back(std::move(device));
  return {};
}

}  // namespace

Status GiveUpRoot(Ground& ground) {
  const Config::RoleConfig& master = RowOf(ground.config, ROLE_MASTER);
  const bool namespaces = ground.kind == JailKind::kNamespaces;
  if (namespaces) {
    std::vector<Placed> placed;
    for (const char* library : {"/usr/lib", "/usr/lib64"}) {
      if (access(library, F_OK) != 0) continue;
      TRY(Fd mount, TakeFolder(library, FolderUse::kExecute));
      placed.push_back({library, std::move(mount)});
    }
    TRY_STATUS(PlaceForRuns(placed));
    for (Placed& part : ground.packages) placed.push_back(std::move(part));
    ground.packages.clear();
    for (auto& [role, folder] : ground.folders) placed.push_back({MasterPath(role), std::move(folder)});
    ground.folders.clear();
    placed.push_back({kMasterChallenges, std::move(ground.challenges)});
    // The state directory is the place at which the master's own root will be mounted.
    if (chdir(ground.config.state_dir().c_str()) != 0) return Error::FromErrno(ground.config.state_dir());
    TRY_STATUS(EnterNamespaces({ground.config.id_base(), kIdRange}));
    TRY_STATUS(TakeIds(master.uid(), master.gid(), {}));
    TRY_STATUS(BuildMasterRoot(std::move(placed)));
  } else {
    if (prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP) != 0) return Error::FromErrno("securebits");
    TRY_STATUS(TakeIds(master.uid(), master.gid(), {}));
  }
  const std::uint64_t powers = CapabilityBit(CAP_SETUID) | CapabilityBit(CAP_SETGID) | CapabilityBit(CAP_SETPCAP) |
                               (namespaces ? CapabilityBit(CAP_SYS_ADMIN) : CapabilityBit(CAP_SYS_CHROOT));
  TRY_STATUS(KeepCapabilities(powers));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Error::FromErrno("no_new_privs");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return Error::FromErrno("PR_SET_DUMPABLE");

  std::vector<const Privileges*> roles;
  const std::uint32_t base = ground.config.id_base();
  SiteIds ids{{}, PoolOf(base), namespaces};
  for (const RoleSpec* spec : AllRoles()) roles.push_back(&spec->privileges);
  for (const Config::RoleConfig& row : ground.config.role()) {
    ids.ids.push_back(row.uid());
    if (row.gid() != row.uid()) ids.ids.push_back(row.gid());
  }
  return LoadMasterFilter(roles, ids);
}

}  // namespace zoobar
