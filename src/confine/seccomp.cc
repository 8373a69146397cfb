#include "confine/seccomp.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <set>

#include "confine/build.h"
#include "confine/calls.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

Error SeccompError(const std::string& what, int status) {
  return Error::Of("seccomp: {}: {}", what, std::strerror(-status));
}

Result<Filter> MakeFilter(std::uint32_t default_action) {
  Filter filter(seccomp_init(default_action), seccomp_release);
  if (!filter) return Error{"seccomp: no filter could be made"};
  // The other architectures are i386 and x32 on x86-64, and 32-bit ARM on arm64. x32 has the same architecture number as
  // x86-64. libseccomp still treats x32 as a bad architecture, because x32 was not added to the filter.
  if (int status = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) {
    return SeccompError("other architectures", status);
  }
  if (int status = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2)) return SeccompError("tree", status);
  return filter;
}

// Returns libseccomp's status: 0, or a negated errno value. -EEXIST: there is such a rule.
int AddRule(const Filter& filter, std::uint32_t action, const AllowedCall& call) {
  return seccomp_rule_add_array(filter.get(), action, call.number, static_cast<unsigned>(call.compares.size()),
                                call.compares.data());
}

Status Allow(const Filter& filter, const std::vector<AllowedCall>& calls) {
  // If a call is allowed without conditions, its conditional rules are left out, because libseccomp does not accept
  // both.
  std::set<int> unconditional;
  for (const AllowedCall& call : calls) {
    if (call.compares.empty()) unconditional.insert(call.number);
  }
  for (const AllowedCall& call : calls) {
    if (call.number < 0) continue;  // this architecture does not have the call
    if (!call.compares.empty() && unconditional.contains(call.number)) continue;
    const int status = AddRule(filter, SCMP_ACT_ALLOW, call);
    if (status != 0 && status != -EEXIST) return SeccompError(CallName(call.number), status);
  }
  return {};
}

Status Load(const Filter& filter) {
  if (int status = seccomp_load(filter.get())) return SeccompError("load", status);
  return {};
}

Status LoadRaw(const std::vector<sock_filter>& program, const std::string& what) {
  sock_fprog filter{static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) return Error::FromErrno("seccomp: " + what);
  return {};
}

// Loads a filter that allows setresuid and setresgid only with three equal arguments, which must be an id of the site.
// So every change of id is final, because the real, effective and saved ids become equal. The filter is written by hand
// because libseccomp cannot compare one argument with a range. The filter looks at the lower 32 bits of each argument,
// as the kernel does. It does not check the architecture, because another filter kills a process that makes a call of
// another architecture.
Status LoadIdFilter(const SiteIds& ids) {
  constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr);
  constexpr auto argument = [](unsigned index) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * index);
  };
  const auto known = static_cast<std::uint8_t>(ids.ids.size());
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(SCMP_SYS(setresuid)), 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(SCMP_SYS(setresgid)), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(0)),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(1)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(2)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ids.pool.first, 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ids.pool.last, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  for (std::uint8_t i = 0; i < known; ++i) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ids.ids[i], static_cast<std::uint8_t>(known - i), 0));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return LoadRaw(program, "ids");
}

// Returns the filter as a program in the form that the kernel accepts.
Result<std::vector<sock_filter>> Export(const Filter& filter) {
  Fd memory(memfd_create("filter", MFD_CLOEXEC));
  if (!memory) return Error::FromErrno("memfd_create");
  if (int status = seccomp_export_bpf(filter.get(), memory.get())) return SeccompError("export", status);
  const off_t size = lseek(memory.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (pread(memory.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
    return Error::FromErrno("seccomp: export");
  return program;
}

Status RefuseTriedCalls(const Filter& filter) {
  for (const int number : TriedCalls()) {
    if (int status = AddRule(filter, SCMP_ACT_ERRNO(ENOSYS), {number, {}}))
      return SeccompError(CallName(number), status);
  }
  return {};
}

}  // namespace

Status LoadRoleFilter(const Privileges& privileges) {
  TRY(Filter filter, MakeFilter(SCMP_ACT_KILL_PROCESS));
  TRY_STATUS(Allow(filter, CallsOf(privileges)));
  TRY_STATUS(RefuseTriedCalls(filter));
  return Load(filter);
}

Status LoadAncestorFilter(Calls group) {
  TRY(Filter filter, MakeFilter(SCMP_ACT_TRACE(0)));
  TRY_STATUS(Allow(filter, CallsOf(group)));
  return Load(filter);
}

Status LoadPoolFilter(IdRange pool) { return LoadIdFilter({{}, pool, false}); }

Result<std::vector<sock_filter>> MakeRunFilter() {
  TRY(Filter filter, MakeFilter(SCMP_ACT_NOTIFY));
  TRY_STATUS(Allow(filter, CallsOf(Calls::kProgram)));
  for (const AnsweredCall& answered : AnsweredCalls()) {
    const auto action = SCMP_ACT_ERRNO(static_cast<std::uint16_t>(answered.error));
    if (const int status = AddRule(filter, action, answered.call))
      return SeccompError(CallName(answered.call.number), status);
  }
  return Export(filter);
}

Result<Fd> InstallRunFilter(const std::vector<sock_filter>& filter) {
  // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, since Linux 5.19. While a call waits for the listener's answer, only a
  // fatal signal can interrupt the call.
  constexpr unsigned kWaitKillable = 1u << 5;
  sock_fprog program{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  Fd listener(static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | kWaitKillable, &program)));
  if (!listener) return Error::FromErrno("seccomp: a run's filter");
  return listener;
}

Status LoadMasterFilter(std::span<const Privileges* const> roles, const SiteIds& ids) {
  if constexpr (kUnconfined) return {};
  TRY(Filter filter, MakeFilter(SCMP_ACT_TRACE(0)));
  std::vector<AllowedCall> calls = MasterCalls();
  for (const Privileges* role : roles) {
    for (AllowedCall& call : CallsOf(*role)) calls.push_back(std::move(call));
    for (const CallGrant& grant : role->children_calls) {
      for (AllowedCall& call : CallsOf(grant.calls)) calls.push_back(std::move(call));
    }
  }
  std::erase_if(calls, [](const AllowedCall& call) { return call.number == SCMP_SYS(setgroups); });
  TRY_STATUS(Allow(filter, calls));
  TRY_STATUS(LoadIdFilter(ids));
  const int status = ids.groups ? seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(setgroups), 0)
                                : seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(setgroups), 1,
                                                   SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffffu, 0));
  if (status != 0) return SeccompError("setgroups", status);
  return Load(filter);
}

}  // namespace zoobar
