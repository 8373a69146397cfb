// Makes the plans by which the master starts roles: the ids, folders and descriptors that each child process gets.
#include <linux/capability.h>

#include "confine/namespaces.h"
#include "ipc/try.h"
#include "master/ground.h"

namespace zoobar {
namespace {

// Called only for the role that starts runs. Adds the ids of its pool to the plan, and the capabilities to use these
// ids. The role gives the capabilities up after it has passed them to its interpreter.
Status PlanRuns(const Ground& ground, const Privileges& privileges, SpawnPlan& plan) {
  const std::uint32_t base = ground.config.id_base();
  plan.pool = PoolOf(base);
  plan.proc = ground.proc.get();
  plan.capabilities = CapabilityBit(CAP_SETUID) | CapabilityBit(CAP_SETGID);
  if (ground.kind == JailKind::kChroot) {
    plan.scratch = ground.scratch.get();
    return {};
  }
  if (plan.gid != plan.uid) return Error::Of("role \"{}\": uid and gid must be the same", RoleName(plan.role));
  plan.maps = {{plan.uid, 1}, {base + kRoleIds, kIdRange - kRoleIds}};
  for (const CapabilityGrant& grant : privileges.capabilities)
    plan.capabilities |= std::uint64_t{1} << grant.capability;
  return {};
}

// Called only if the site has namespaces. Adds the role's folders to the plan, as new clones of the mounts in the
// master's root directory.
Status PlanFolders(const Privileges& privileges, SpawnPlan& plan) {
  for (const FolderGrant& grant : privileges.folders) {
    const bool own = grant.folder == Folder::kStore || grant.folder == Folder::kWebRoot;
    const std::string path = own                                   ? MasterPath(plan.role)
                             : grant.folder == Folder::kChallenges ? kMasterChallenges
                                                                   : FolderPath(plan.kind, grant.folder);
    TRY(Fd folder, CloneFolder(path));
    plan.folders.push_back(std::move(folder));
  }
  return {};
}

}  // namespace

Result<SpawnPlan> PlanStart(const Ground& ground, const RoleSpec& spec, const Config::RoleConfig& row) {
  SpawnPlan plan{};
  plan.role = spec.role;
  plan.kind = ground.kind;
  plan.executable = ground.executable.get();
  plan.uid = row.uid();
  plan.gid = row.gid();
  plan.groups.assign(row.extra_gids().begin(), row.extra_gids().end());
  plan.open_files = row.max_open_files();
  plan.null = ground.null.get();
  const bool by_chroot = ground.kind == JailKind::kChroot;
  if (by_chroot) {
    plan.folders.push_back(ground.folders.at(plan.role).Duplicate());
  } else {
    TRY_STATUS(PlanFolders(spec.privileges, plan));
  }
  if (spec.privileges.owns_pool && (!by_chroot || ground.scratch)) TRY_STATUS(PlanRuns(ground, spec.privileges, plan));
  return plan;
}

}  // namespace zoobar
