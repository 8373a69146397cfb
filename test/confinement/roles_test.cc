// What each role cannot do when it really runs, and what the kernel answers: a signal or an error number. A call that
// kills costs the role a start. So for each kind of call that kills, only a few are really made (role_calls.h). All
// others are asked about in the role's own filters, as the kernel holds them (filters.h).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <set>
#include <span>

#include "confinement/expected_roles.h"
#include "confinement/filters.h"
#include "confinement/gate32.h"
#include "confinement/role_calls.h"
#include "confinement/shared_site.h"
#include "roles/table.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

// System calls that no role may make, except those that `kExpected` names for it, by what they do.

// They reach into other processes.
constexpr long kOtherProcesses[] = {SYS_ptrace,
                                    SYS_kill,
                                    SYS_tkill,
                                    SYS_rt_sigqueueinfo,
                                    SYS_process_vm_readv,
                                    SYS_process_vm_writev,
                                    SYS_pidfd_open,
                                    SYS_pidfd_getfd,
                                    SYS_pidfd_send_signal,
                                    SYS_kcmp,
                                    SYS_process_madvise,
                                    SYS_setpriority,
                                    SYS_sched_setscheduler};

// They change who the process is.
constexpr long kIds[] = {SYS_setuid,    SYS_setgid,   SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid,
                         SYS_setgroups, SYS_setfsuid, SYS_setfsgid, SYS_capset,   SYS_setsid};

// They change mounts, namespaces or the root.
constexpr long kMounts[] = {SYS_mount,     SYS_umount2,    SYS_unshare, SYS_setns,   SYS_pivot_root,    SYS_chroot,
                            SYS_open_tree, SYS_move_mount, SYS_fsopen,  SYS_fsmount, SYS_mount_setattr, SYS_fspick};

// They make, change, move or open files in other ways than openat(2).
constexpr long kFiles[] = {SYS_chdir,
                           SYS_fchdir,
                           SYS_name_to_handle_at,
                           SYS_open_by_handle_at,
                           SYS_open,
                           SYS_creat,
                           SYS_rename,
                           SYS_renameat2,
                           SYS_unlink,
                           SYS_unlinkat,
                           SYS_symlinkat,
                           SYS_linkat,
                           SYS_mknodat,
                           SYS_chmod,
                           SYS_fchmod,
                           SYS_fchmodat,
                           SYS_chown,
                           SYS_fchown,
                           SYS_fchownat};

// They reach parts of the kernel that no role needs, or settings of the machine.
constexpr long kKernel[] = {SYS_tgkill,
                            SYS_seccomp,
                            SYS_bpf,
                            SYS_io_uring_setup,
                            SYS_io_uring_enter,
                            SYS_io_uring_register,
                            SYS_perf_event_open,
                            SYS_userfaultfd,
                            SYS_keyctl,
                            SYS_add_key,
                            SYS_request_key,
                            SYS_memfd_create,
                            SYS_memfd_secret,
                            SYS_personality,
                            SYS_init_module,
                            SYS_finit_module,
                            SYS_kexec_load,
                            SYS_reboot,
                            SYS_swapon,
                            SYS_iopl,
                            SYS_ioperm,
                            SYS_modify_ldt,
                            SYS_io_setup,
                            SYS_shmget,
                            SYS_shmat,
                            SYS_msgget,
                            SYS_semget,
                            SYS_mq_open,
                            SYS_syslog,
                            SYS_acct,
                            SYS_quotactl,
                            SYS_settimeofday,
                            SYS_clock_settime,
                            SYS_adjtimex,
                            SYS_sethostname,
                            SYS_fanotify_init,
                            SYS_lookup_dcookie,
                            SYS_pkey_mprotect,
                            SYS_remap_file_pages,
                            SYS_landlock_create_ruleset,
                            SYS_vmsplice,
                            SYS_splice,
                            SYS_tee,
                            SYS_mbind,
                            SYS_arch_prctl,
                            SYS_uselib};

class RoleConfinement : public testing::TestWithParam<const RoleSpec*> {
 protected:
  Role role() const { return GetParam()->role; }
  const Expected& expected() const {
    static constexpr Expected kNone{};
    const auto* found = std::find_if(std::begin(kExpected), std::end(kExpected),
                                     [this](const Expected& each) { return each.role == role(); });
    if (found != std::end(kExpected)) return *found;
    ADD_FAILURE() << RoleName(role()) << " has no row in kExpected: say here what it may do";
    return kNone;
  }
};

INSTANTIATE_TEST_SUITE_P(Every, RoleConfinement, testing::ValuesIn(AllRoles()),
                         [](const auto& test) { return std::string(RoleName(test.param->role)); });

TEST_P(RoleConfinement, CannotOpenAFileOutside) {
  if (!expected().opens_files) return DiesOf(role(), SYS_openat, {AT_FDCWD, "/etc/passwd", O_RDONLY});
  Debugger debugger(SharedSite().ConfinedPid(role()));
  const std::string own = std::string("/") + expected().folder;
  for (const std::string& path :
       {std::string("/etc/passwd"), own + "/../etc/passwd", std::string("/proc/self/mem"), std::string("/dev/null"),
        std::string("/usr/lib"), std::string("/folders"), std::string("/jail"), SharedSite().state()}) {
    EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, path, O_RDONLY}), -ENOENT) << path;
  }
  EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/", O_RDONLY | O_DIRECTORY}), -EACCES);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/..", O_RDONLY | O_DIRECTORY}), -EACCES);
}

TEST_P(RoleConfinement, CannotWriteToItsRoot) {
  // Its root is read-only, and empty except for the folders that it was granted.
  std::set<std::string> entries;
  const pid_t pid = SharedSite().ConfinedPid(role());
  for (const auto& entry : fs::directory_iterator(Proc(pid, "root/"))) entries.insert(entry.path().filename());
  EXPECT_EQ(entries, expected().Root());
  const std::string mounts = ReadWhole(Proc(pid, "mountinfo"));
  EXPECT_NE(mounts.find(" / / ro,nosuid,nodev,noexec"), std::string::npos) << mounts;
  // The sandbox has two folders with libraries, time zones, devices, and the tree of packages, which may be empty.
  const auto expected_mounts = role() == ROLE_SANDBOX ? 6 : static_cast<std::ptrdiff_t>(1 + expected().Root().size());
  EXPECT_EQ(std::count(mounts.begin(), mounts.end(), '\n'), expected_mounts) << mounts;
  if (!expected().opens_files) return;
  Debugger debugger(pid);
  const long answer = AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/new", O_CREAT | O_WRONLY, 0600});
  EXPECT_TRUE(answer == -EROFS || answer == -EACCES) << answer;
}

TEST_P(RoleConfinement, CannotMakeASocket) {
  DiesOf(role(), SYS_socket, {AF_INET, SOCK_STREAM, 0});
  Debugger debugger(SharedSite().ConfinedPid(role()));
  const auto filters = debugger.ReadFilters();
  for (std::uint64_t family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(ActionOf(filters, SYS_socket, {family, SOCK_STREAM, 0}), SECCOMP_RET_KILL_PROCESS) << family;
  }
  for (long call : {SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_sendmmsg, SYS_recvmmsg}) {
    EXPECT_EQ(ActionOf(filters, call), expected().ActionOn(call)) << call;
  }
  // With TCP fast open a socket is connected without connect(2).
  EXPECT_EQ(ActionOf(filters, SYS_sendmsg, {3, 0, MSG_FASTOPEN}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_sendto, {3, 0, 0, MSG_FASTOPEN, 0, 0}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(ActionOf(filters, SYS_sendto, {3, 0, 0, 0, 0x7fff0000, 16}), SECCOMP_RET_KILL_PROCESS);
}

TEST_P(RoleConfinement, CannotStartAProcessOrAProgram) {
  DiesOf(role(), SYS_clone, {SIGCHLD, 0, 0, 0, 0});
  {
    Debugger debugger(SharedSite().ConfinedPid(role()));
    EXPECT_EQ(AnswerOf(debugger, SYS_clone3, {std::string(88, '\0'), 88}), -ENOSYS);
    const auto filters = debugger.ReadFilters();
    for (long call : {SYS_fork, SYS_vfork, SYS_execve, SYS_execveat}) {
      EXPECT_EQ(ActionOf(filters, call), SECCOMP_RET_KILL_PROCESS) << call;
    }
    constexpr std::uint64_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    EXPECT_EQ(ActionOf(filters, SYS_clone, {kThread}),
              expected().threads ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS);
    for (std::uint64_t space :
         {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP}) {
      EXPECT_EQ(ActionOf(filters, SYS_clone, {kThread | space}), SECCOMP_RET_KILL_PROCESS) << space;
    }
    EXPECT_EQ(ActionOf(filters, SYS_clone, {kThread & ~std::uint64_t{CLONE_THREAD}}), SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(ActionOf(filters, SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}), SECCOMP_RET_KILL_PROCESS);
  }
  EXPECT_TRUE(SharedSite().Answers());
}

TEST_P(RoleConfinement, CannotTouchOtherProcessesIdsMountsOrTheKernel) {
  DiesOf(role(), SYS_ptrace, {16 /* PTRACE_ATTACH */, 1, 0, 0});
  Debugger debugger(SharedSite().ConfinedPid(role()));
  const auto filters = debugger.ReadFilters();
  ASSERT_EQ(filters.size(), 3u) << "the master's two and its own";
  for (const std::span<const long> calls :
       std::initializer_list<std::span<const long>>{kOtherProcesses, kIds, kMounts, kFiles, kKernel}) {
    for (const long call : calls) EXPECT_EQ(ActionOf(filters, call), expected().ActionOn(call)) << call;
  }
  for (std::uint64_t option : {PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAP_AMBIENT, PR_SET_MM, PR_SET_PDEATHSIG,
                               PR_SET_SECUREBITS, PR_SET_PTRACER}) {
    EXPECT_EQ(ActionOf(filters, SYS_prctl, {option, 1}), SECCOMP_RET_KILL_PROCESS) << option;
  }
  for (std::uint64_t request : {0x5412 /* TIOCSTI */, 0x8912 /* SIOCGIFCONF */, 0x541d /* TIOCCONS */}) {
    EXPECT_EQ(ActionOf(filters, SYS_ioctl, {0, request}), SECCOMP_RET_KILL_PROCESS) << request;
  }
}

TEST_P(RoleConfinement, CannotMakeMemoryExecutable) {
  DiesOf(role(), SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0});
  Debugger debugger(SharedSite().ConfinedPid(role()));
  const auto filters = debugger.ReadFilters();
  for (long call : {SYS_mmap, SYS_mprotect}) {
    for (std::uint64_t rights : {PROT_EXEC, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC}) {
      EXPECT_EQ(ActionOf(filters, call, {0, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS}), SECCOMP_RET_KILL_PROCESS)
          << call;
    }
    EXPECT_EQ(ActionOf(filters, call, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS}), SECCOMP_RET_ALLOW) << call;
  }
}

TEST_P(RoleConfinement, CannotCallByAnotherArchitecturesNumbers) {
  constexpr long kGetpid = 20;  // of i386
  switch (GateOfThisMachine()) {
    case Gate32::kCall:
      DiesOf(role(), kGetpid, {}, Debugger::Way::kInt80);
      break;
    case Gate32::kFault:
      FaultsAt(role(), kGetpid, Debugger::Way::kInt80);
      break;
  }
  Debugger debugger(SharedSite().ConfinedPid(role()));
  const auto filters = debugger.ReadFilters();
  for (long number = 0; number < 600; ++number) {
    EXPECT_EQ(ActionOf(filters, number, {}, AUDIT_ARCH_I386), SECCOMP_RET_KILL_PROCESS) << number;
    EXPECT_EQ(ActionOf(filters, 0x40000000 | number), SECCOMP_RET_KILL_PROCESS) << "x32 " << number;
  }
}

TEST_P(RoleConfinement, HoldsNoPowerAndItsOwnNamespaces) {
  const pid_t pid = SharedSite().ConfinedPid(role());
  ASSERT_GT(pid, 0);
  // The sandbox's capabilities count for the ids of the pool only: see SandboxConfinement.
  const std::string powers = role() == ROLE_SANDBOX ? "0000000000000024" : "0000000000000000";
  for (const char* set : {"CapPrm", "CapEff", "CapBnd"}) EXPECT_EQ(StatusField(pid, set), powers) << set;
  for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(StatusField(pid, set), "0000000000000000") << set;
  EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "1");
  EXPECT_EQ(StatusField(pid, "Seccomp"), "2");
  EXPECT_EQ(StatusField(pid, "Groups"), "");
  const std::string base = Proc(pid, "ns/"), master = Proc(SharedSite().master(), "ns/");
  for (const char* space : {"mnt", "pid", "uts", "ipc", "net"}) {
    EXPECT_NE(fs::read_symlink(base + space), fs::read_symlink(std::string("/proc/self/ns/") + space)) << space;
    EXPECT_NE(fs::read_symlink(base + space), fs::read_symlink(master + space)) << space;
  }
  EXPECT_NE(fs::read_symlink(base + "user"), fs::read_symlink("/proc/self/ns/user"));
}

TEST_P(RoleConfinement, IsToldNothingByTheEnvironment) {
  std::ifstream file(Proc(SharedSite().ConfinedPid(role()), "environ"));
  const std::string environment{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(file);
  // How to allocate, and to find all functions at the start, so that the loader never saves registers with secrets.
  const std::string expected("GLIBC_TUNABLES=glibc.malloc.tcache_count=256\0LD_BIND_NOW=1\0", 59);
  EXPECT_EQ(environment, role() == ROLE_SANDBOX ? std::string() : expected);
}

TEST_P(RoleConfinement, HasTheLimitsOfItsRow) {
  const pid_t pid = SharedSite().ConfinedPid(role());
  ASSERT_GT(pid, 0);
  rlimit mine{};
  ASSERT_EQ(prlimit(SharedSite().master(), RLIMIT_NOFILE, nullptr, &mine), 0);
  const struct {
    __rlimit_resource what;
    std::uint64_t value;
    const char* name;
  } limits[] = {
      {RLIMIT_NOFILE, std::min<std::uint64_t>(expected().open_files, mine.rlim_max), "NOFILE"},
      {RLIMIT_AS, expected().address_space, "AS"},
      {RLIMIT_FSIZE, expected().file_bytes, "FSIZE"},
      {RLIMIT_NPROC, expected().processes, "NPROC"},
      {RLIMIT_CORE, 0, "CORE"},
      {RLIMIT_MEMLOCK, 0, "MEMLOCK"},
      {RLIMIT_MSGQUEUE, 0, "MSGQUEUE"},
  };
  for (const auto& limit : limits) {
    rlimit now{};
    ASSERT_EQ(prlimit(pid, limit.what, nullptr, &now), 0);
    EXPECT_EQ(now.rlim_cur, limit.value) << limit.name;
    EXPECT_EQ(now.rlim_max, limit.value) << limit.name;
  }
}

}  // namespace
}  // namespace zoobar
