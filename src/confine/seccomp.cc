#include "confine/seccomp.h"

#include <seccomp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "confine/calls.h"

namespace zoobar {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

Error SeccompError(const std::string& what, int status) {
  return Error::Of("seccomp: {}: {}", what, std::strerror(-status));
}

Result<Filter> MakeFilter(std::uint32_t default_action) {
  Filter filter(seccomp_init(default_action), seccomp_release);
  if (!filter) return Error{"seccomp: no filter could be made"};
  // x32 shares the architecture's number; libseccomp refuses it as a bad architecture since it was not added.
  if (int status = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) {
    return SeccompError("other architectures", status);
  }
  if (int status = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2)) return SeccompError("tree", status);
  return filter;
}

Status Allow(const Filter& filter, const std::vector<AllowedCall>& calls) {
  // An unconditional grant swallows conditional ones of the same call: libseccomp wants them not to meet.
  std::set<int> whole;
  for (const AllowedCall& call : calls) {
    if (call.compares.empty()) whole.insert(call.number);
  }
  for (const AllowedCall& call : calls) {
    if (call.number < 0) continue;  // a call this architecture does not have
    if (!call.compares.empty() && whole.contains(call.number)) continue;
    const int status = seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call.number,
                                              static_cast<unsigned>(call.compares.size()), call.compares.data());
    if (status != 0 && status != -EEXIST) return SeccompError(CallName(call.number), status);
  }
  return {};
}

Status Load(const Filter& filter) {
  if (int status = seccomp_load(filter.get())) return SeccompError("load", status);
  return {};
}

// All our changes of id are final ones: real, effective and saved become the same. The kernel reads 32 bits of each
// argument, so only those are compared.
Status AllowIds(const Filter& filter, int call, const std::vector<std::uint32_t>& ids) {
  for (std::uint32_t id : ids) {
    const int status =
        seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 3, SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffffu, id),
                         SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, id), SCMP_A2(SCMP_CMP_MASKED_EQ, 0xffffffffu, id));
    if (status != 0) return SeccompError(CallName(call), status);
  }
  return {};
}

}  // namespace

Status LoadRoleFilter(const Privileges& privileges) {
  Result<Filter> filter = MakeFilter(SCMP_ACT_KILL_PROCESS);
  if (!filter) return filter.error();
  if (Status status = Allow(*filter, CallsOf(privileges)); !status) return status;
  if (int status = seccomp_rule_add(filter->get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0)) {
    return SeccompError("clone3", status);
  }
  return Load(*filter);
}

Status LoadMasterFilter(std::span<const Privileges* const> roles, const SiteIds& ids) {
  Result<Filter> filter = MakeFilter(SCMP_ACT_TRACE(0));
  if (!filter) return filter.error();
  std::vector<AllowedCall> calls = MasterCalls();
  for (const Privileges* role : roles) {
    for (AllowedCall& call : CallsOf(*role)) calls.push_back(std::move(call));
  }
  if (Status status = Allow(*filter, calls); !status) return status;
  if (Status status = AllowIds(*filter, SCMP_SYS(setresuid), ids.uids); !status) return status;
  if (Status status = AllowIds(*filter, SCMP_SYS(setresgid), ids.gids); !status) return status;
  const int status = ids.groups ? seccomp_rule_add(filter->get(), SCMP_ACT_ALLOW, SCMP_SYS(setgroups), 0)
                                : seccomp_rule_add(filter->get(), SCMP_ACT_ALLOW, SCMP_SYS(setgroups), 1,
                                                   SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffffu, 0));
  if (status != 0) return SeccompError("setgroups", status);
  return Load(*filter);
}

}  // namespace zoobar
