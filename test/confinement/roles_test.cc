// What each role, as it really runs, cannot do, and how it is told: the signal or the errno. Calls are injected into
// the live processes (debugger.h). A call that kills costs the role a start, so what kills is tried for a few calls of
// each kind and read from the role's own filters, as the kernel holds them, for all the others.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
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
#include <iterator>
#include <set>
#include <span>

#include "confinement/debugger.h"
#include "confinement/gate32.h"
#include "confinement/live_site.h"
#include "roles/table.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kTerabyte = std::uint64_t{1} << 40;
constexpr std::uint64_t kUnlimited = RLIM_INFINITY;

// What this test expects of each role, said a second time on purpose: a wider row in the program fails here.
struct Expected {
  Role role;
  const char* folder;  // the one entry of its root; nullptr: empty
  bool opens_files;    // may call openat, and is held by its jail and Landlock; else the call kills
  bool threads;
  std::uint64_t open_files, address_space, file_bytes, processes;
  std::span<const long> more_calls = {};  // which no other role may make
  std::set<std::string> Root() const {
    if (role == ROLE_SANDBOX) return {"usr", "lib", "lib64", "run"};
    return folder ? std::set<std::string>{folder} : std::set<std::string>{};
  }
  std::uint32_t Judgement(long call) const {
    return std::find(more_calls.begin(), more_calls.end(), call) != more_calls.end() ? SECCOMP_RET_ALLOW
                                                                                     : SECCOMP_RET_KILL_PROCESS;
  }
};
constexpr long kCallsOfSandbox[] = {SYS_socketpair, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_memfd_create};
constexpr Expected kExpected[] = {
    {ROLE_DISPATCHER, nullptr, false, false, 65536, kUnlimited, 0, 1},
    {ROLE_STATIC, "web", true, false, 256, kUnlimited, 0, 1},
    {ROLE_APP, nullptr, false, false, 16384, kUnlimited, 0, 1},
    {ROLE_AUTH, "store", true, true, 64, kUnlimited, kTerabyte, 16},
    {ROLE_HONEYCHECKER, "store", true, true, 64, kUnlimited, kTerabyte, 8},
    {ROLE_BANK, "store", true, true, 64, kUnlimited, kTerabyte, 8},
    {ROLE_PROFILE, "store", true, true, 1024, kUnlimited, kTerabyte, 8},
    {ROLE_SANDBOX, nullptr, false, true, 1024, kUnlimited, std::uint64_t{8} << 20, 256, kCallsOfSandbox},
    {ROLE_SANITIZER, nullptr, false, false, 16, std::uint64_t{512} << 20, 0, 1},
    {ROLE_LOGGER, nullptr, false, false, 192, kUnlimited, kTerabyte, 1},
    {ROLE_ADMIN, nullptr, false, true, 128, kUnlimited, 0, 8},
    {ROLE_ECHO, nullptr, false, false, 16, kUnlimited, 0, 1},
};

bool IsStore(const Expected& expected) { return expected.folder && std::string_view(expected.folder) == "store"; }

LiveSite& Site() { return LiveSite::Shared(); }

// One call that must kill the role; it is back afterwards.
void DiesOf(Role role, long number, const std::vector<Argument>& arguments,
            Debugger::Way way = Debugger::Way::kSyscall) {
  const pid_t pid = Site().Pid(role);
  ASSERT_GT(pid, 0);
  {
    Debugger debugger(pid);
    const Answer answer = debugger.Call(number, arguments, way);
    EXPECT_EQ(answer.died_of, SIGSYS) << RoleName(role) << ", call " << number << " returned " << answer.value;
  }
  EXPECT_NE(Site().PidAfter(role, pid), pid);
  EXPECT_TRUE(Site().Answers());
}

// An instruction that is a fault of the processor on this machine, and no call. Without a debugger the fault would end
// the role; the debugger takes it back.
void FaultsAt(Role role, long number, Debugger::Way way) {
  const pid_t pid = Site().Pid(role);
  ASSERT_GT(pid, 0);
  {
    Debugger debugger(pid);
    const Answer answer = debugger.Call(number, {}, way);
    EXPECT_EQ(answer.fault, SIGSEGV) << RoleName(role) << ", call " << number << " returned " << answer.value;
    EXPECT_EQ(answer.died_of, 0) << RoleName(role);
  }
  EXPECT_EQ(Site().Pid(role), pid);
  EXPECT_TRUE(Site().Answers());
}

// Calls that answer; the role lives.
long AnswerOf(Debugger& debugger, long number, const std::vector<Argument>& arguments) {
  const Answer answer = debugger.Call(number, arguments);
  EXPECT_EQ(answer.died_of, 0) << "call " << number;
  EXPECT_EQ(answer.fault, 0) << "call " << number;
  return answer.value;
}

bool IsNoEntry(long answer) { return answer == -ENOENT || answer == -EACCES; }

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
  Debugger debugger(Site().Pid(role()));
  const std::string own = std::string("/") + expected().folder;
  for (const std::string& path :
       {std::string("/etc/passwd"), own + "/../etc/passwd", std::string("/proc/self/mem"), std::string("/dev/null"),
        std::string("/usr/lib"), std::string("/folders"), std::string("/jail"), Site().state()}) {
    EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, path, O_RDONLY}), -ENOENT) << path;
  }
  EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/", O_RDONLY | O_DIRECTORY}), -EACCES);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/..", O_RDONLY | O_DIRECTORY}), -EACCES);
}

TEST_P(RoleConfinement, CannotWriteToItsRoot) {
  // Its root is empty but for the folders it was granted, and read-only.
  std::set<std::string> entries;
  const pid_t pid = Site().Pid(role());
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/root/"))
    entries.insert(entry.path().filename());
  EXPECT_EQ(entries, expected().Root());
  const std::string mounts = FileText("/proc/" + std::to_string(pid) + "/mountinfo");
  EXPECT_NE(mounts.find(" / / ro,nosuid,nodev,noexec"), std::string::npos) << mounts;
  // The sandbox's libraries come as two.
  EXPECT_EQ(std::count(mounts.begin(), mounts.end(), '\n'), role() == ROLE_SANDBOX ? 3
                                                            : expected().folder    ? 2
                                                                                   : 1)
      << mounts;
  if (!expected().opens_files) return;
  Debugger debugger(pid);
  const long answer = AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/new", O_CREAT | O_WRONLY, 0600});
  EXPECT_TRUE(answer == -EROFS || answer == -EACCES) << answer;
}

TEST_P(RoleConfinement, CannotMakeASocket) {
  DiesOf(role(), SYS_socket, {AF_INET, SOCK_STREAM, 0});
  Debugger debugger(Site().Pid(role()));
  const auto filters = debugger.Filters();
  for (std::uint64_t family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG}) {
    EXPECT_EQ(Judge(filters, SYS_socket, {family, SOCK_STREAM, 0}), SECCOMP_RET_KILL_PROCESS) << family;
  }
  for (long call : {SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_sendmmsg, SYS_recvmmsg}) {
    EXPECT_EQ(Judge(filters, call), expected().Judgement(call)) << call;
  }
  // TCP fast open connects without connect(2).
  EXPECT_EQ(Judge(filters, SYS_sendmsg, {3, 0, MSG_FASTOPEN}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_sendto, {3, 0, 0, MSG_FASTOPEN, 0, 0}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_sendto, {3, 0, 0, 0, 0x7fff0000, 16}), SECCOMP_RET_KILL_PROCESS);
}

TEST_P(RoleConfinement, CannotStartAProcessOrAProgram) {
  DiesOf(role(), SYS_clone, {SIGCHLD, 0, 0, 0, 0});
  {
    Debugger debugger(Site().Pid(role()));
    EXPECT_EQ(AnswerOf(debugger, SYS_clone3, {std::string(88, '\0'), 88}), -ENOSYS);
    const auto filters = debugger.Filters();
    for (long call : {SYS_fork, SYS_vfork, SYS_execve, SYS_execveat}) {
      EXPECT_EQ(Judge(filters, call), SECCOMP_RET_KILL_PROCESS) << call;
    }
    constexpr std::uint64_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    EXPECT_EQ(Judge(filters, SYS_clone, {kThread}), expected().threads ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS);
    for (std::uint64_t space :
         {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP}) {
      EXPECT_EQ(Judge(filters, SYS_clone, {kThread | space}), SECCOMP_RET_KILL_PROCESS) << space;
    }
    EXPECT_EQ(Judge(filters, SYS_clone, {kThread & ~std::uint64_t{CLONE_THREAD}}), SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(Judge(filters, SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}), SECCOMP_RET_KILL_PROCESS);
  }
  EXPECT_TRUE(Site().Answers());
}

TEST_P(RoleConfinement, CannotTouchOtherProcessesIdsMountsOrTheKernel) {
  DiesOf(role(), SYS_ptrace, {16 /* PTRACE_ATTACH */, 1, 0, 0});
  Debugger debugger(Site().Pid(role()));
  const auto filters = debugger.Filters();
  ASSERT_EQ(filters.size(), 3u) << "the master's two and its own";
  for (long call : {SYS_ptrace,
                    SYS_kill,
                    SYS_tkill,
                    SYS_tgkill,
                    SYS_rt_sigqueueinfo,
                    SYS_process_vm_readv,
                    SYS_process_vm_writev,
                    SYS_pidfd_open,
                    SYS_pidfd_getfd,
                    SYS_pidfd_send_signal,
                    SYS_kcmp,
                    SYS_process_madvise,
                    SYS_setuid,
                    SYS_setgid,
                    SYS_setreuid,
                    SYS_setregid,
                    SYS_setresuid,
                    SYS_setresgid,
                    SYS_setgroups,
                    SYS_setfsuid,
                    SYS_setfsgid,
                    SYS_capset,
                    SYS_setsid,
                    SYS_seccomp,
                    SYS_mount,
                    SYS_umount2,
                    SYS_unshare,
                    SYS_setns,
                    SYS_pivot_root,
                    SYS_chroot,
                    SYS_open_tree,
                    SYS_move_mount,
                    SYS_fsopen,
                    SYS_fsmount,
                    SYS_mount_setattr,
                    SYS_fspick,
                    SYS_chdir,
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
                    SYS_fchownat,
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
                    SYS_setpriority,
                    SYS_sched_setscheduler,
                    SYS_mbind,
                    SYS_arch_prctl,
                    SYS_uselib}) {
    EXPECT_EQ(Judge(filters, call), expected().Judgement(call)) << call;
  }
  for (std::uint64_t option : {PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAP_AMBIENT, PR_SET_MM, PR_SET_PDEATHSIG,
                               PR_SET_SECUREBITS, PR_SET_PTRACER}) {
    EXPECT_EQ(Judge(filters, SYS_prctl, {option, 1}), SECCOMP_RET_KILL_PROCESS) << option;
  }
  for (std::uint64_t request : {0x5412 /* TIOCSTI */, 0x8912 /* SIOCGIFCONF */, 0x541d /* TIOCCONS */}) {
    EXPECT_EQ(Judge(filters, SYS_ioctl, {0, request}), SECCOMP_RET_KILL_PROCESS) << request;
  }
}

TEST_P(RoleConfinement, CannotMakeMemoryExecutable) {
  DiesOf(role(), SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0});
  Debugger debugger(Site().Pid(role()));
  const auto filters = debugger.Filters();
  for (long call : {SYS_mmap, SYS_mprotect}) {
    for (std::uint64_t rights : {PROT_EXEC, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE | PROT_EXEC}) {
      EXPECT_EQ(Judge(filters, call, {0, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS}), SECCOMP_RET_KILL_PROCESS) << call;
    }
    EXPECT_EQ(Judge(filters, call, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS}), SECCOMP_RET_ALLOW) << call;
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
  Debugger debugger(Site().Pid(role()));
  const auto filters = debugger.Filters();
  for (long number = 0; number < 600; ++number) {
    EXPECT_EQ(Judge(filters, number, {}, AUDIT_ARCH_I386), SECCOMP_RET_KILL_PROCESS) << number;
    EXPECT_EQ(Judge(filters, 0x40000000 | number), SECCOMP_RET_KILL_PROCESS) << "x32 " << number;
  }
}

TEST_P(RoleConfinement, HoldsNoPowerAndItsOwnNamespaces) {
  const pid_t pid = Site().Pid(role());
  ASSERT_GT(pid, 0);
  // The sandbox's count over the pool's ids alone: SandboxConfinement.
  const std::string powers = role() == ROLE_SANDBOX ? "0000000000000024" : "0000000000000000";
  for (const char* set : {"CapPrm", "CapEff", "CapBnd"}) EXPECT_EQ(ProcStatus(pid, set), powers) << set;
  for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(ProcStatus(pid, set), "0000000000000000") << set;
  EXPECT_EQ(ProcStatus(pid, "NoNewPrivs"), "1");
  EXPECT_EQ(ProcStatus(pid, "Seccomp"), "2");
  EXPECT_EQ(ProcStatus(pid, "Groups"), "");
  const std::string base = "/proc/" + std::to_string(pid) + "/ns/",
                    master = "/proc/" + std::to_string(Site().master()) + "/ns/";
  for (const char* space : {"mnt", "pid", "uts", "ipc", "net"}) {
    EXPECT_NE(fs::read_symlink(base + space), fs::read_symlink(std::string("/proc/self/ns/") + space)) << space;
    EXPECT_NE(fs::read_symlink(base + space), fs::read_symlink(master + space)) << space;
  }
  EXPECT_NE(fs::read_symlink(base + "user"), fs::read_symlink("/proc/self/ns/user"));
}

TEST_P(RoleConfinement, IsToldNothingByTheEnvironment) {
  std::ifstream file("/proc/" + std::to_string(Site().Pid(role())) + "/environ");
  const std::string environment{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(file);
  const std::string how_to_allocate = "GLIBC_TUNABLES=glibc.malloc.tcache_count=256" + std::string(1, '\0');
  EXPECT_EQ(environment, role() == ROLE_SANDBOX ? std::string() : how_to_allocate);
}

TEST_P(RoleConfinement, HasTheLimitsOfItsRow) {
  const pid_t pid = Site().Pid(role());
  ASSERT_GT(pid, 0);
  rlimit mine{};
  ASSERT_EQ(prlimit(Site().master(), RLIMIT_NOFILE, nullptr, &mine), 0);
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

// ---- each store is its owner's

void CannotOpenStoreOf(Role who, Role owner) {
  const pid_t others = Site().Pid(owner);
  Debugger debugger(Site().Pid(who));
  const std::string name(RoleName(owner));
  for (const std::string& path : {
           "/folders/" + name + "/data.mdb",
           "/store/../folders/" + name + "/data.mdb",
           "/store/../../" + name + "/store/data.mdb",
           Site().state() + "/" + name + "/store/data.mdb",
           "/proc/" + std::to_string(others) + "/root/store/data.mdb",
       }) {
    EXPECT_TRUE(IsNoEntry(AnswerOf(debugger, SYS_openat, {AT_FDCWD, path, O_RDWR}))) << path;
  }
}

TEST(AuthConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_AUTH, ROLE_BANK); }
TEST(AuthConfinement, CannotOpenProfileStore) { CannotOpenStoreOf(ROLE_AUTH, ROLE_PROFILE); }
TEST(BankConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_BANK, ROLE_AUTH); }
TEST(BankConfinement, CannotOpenProfileStore) { CannotOpenStoreOf(ROLE_BANK, ROLE_PROFILE); }
TEST(ProfileConfinement, CannotOpenCredStore) { CannotOpenStoreOf(ROLE_PROFILE, ROLE_AUTH); }
TEST(ProfileConfinement, CannotOpenBankStore) { CannotOpenStoreOf(ROLE_PROFILE, ROLE_BANK); }
TEST(StaticConfinement, CannotOpenAnyStore) {
  for (Role owner : {ROLE_AUTH, ROLE_BANK, ROLE_PROFILE}) CannotOpenStoreOf(ROLE_STATIC, owner);
}

TEST(StoreConfinement, OwnersUseTheirOwn) {
  for (const Expected& expected : kExpected) {
    if (!IsStore(expected)) continue;
    Debugger debugger(Site().Pid(expected.role));
    const long data = AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/store/data.mdb", O_RDWR});
    EXPECT_GE(data, 0) << RoleName(expected.role);
    if (data < 0) continue;
    EXPECT_EQ(AnswerOf(debugger, SYS_close, {data}), 0);
    const long made = AnswerOf(debugger, SYS_openat, {AT_FDCWD, "/store/new", O_CREAT | O_RDWR, 0600});
    EXPECT_GE(made, 0) << RoleName(expected.role);
    if (made >= 0) {
      EXPECT_EQ(AnswerOf(debugger, SYS_write, {made, std::string("text"), 4}), 4);
      // A store is no place for programs: mounted noexec, and execve kills.
      EXPECT_EQ(AnswerOf(debugger, SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, made, 0}) & 4095, 0);
      EXPECT_EQ(AnswerOf(debugger, SYS_close, {made}), 0);
    }
    const std::string mounts = FileText("/proc/" + std::to_string(Site().Pid(expected.role)) + "/mountinfo");
    EXPECT_NE(mounts.find(" /store rw,nosuid,nodev,noexec"), std::string::npos) << mounts;
  }
  EXPECT_TRUE(Site().Answers());
}

// ---- single roles

TEST(StaticConfinement, OpensInsideTheWebRootAlone) {
  Debugger debugger(Site().Pid(ROLE_STATIC));
  const auto open_how_of = [](std::uint64_t flags) {
    const open_how how{flags, 0, 0};
    return std::string(reinterpret_cast<const char*>(&how), sizeof how);
  };
  const long web =
      AnswerOf(debugger, SYS_openat2, {AT_FDCWD, "/web", open_how_of(O_RDONLY | O_DIRECTORY), sizeof(open_how)});
  ASSERT_GE(web, 0);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {web, "../etc/passwd", open_how_of(O_RDONLY), sizeof(open_how)}), -ENOENT);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {web, "../../../../etc/passwd", open_how_of(O_RDONLY), sizeof(open_how)}),
            -ENOENT);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {web, "..", open_how_of(O_RDONLY | O_DIRECTORY), sizeof(open_how)}),
            -EACCES);
  EXPECT_EQ(AnswerOf(debugger, SYS_openat2, {AT_FDCWD, "/etc/passwd", open_how_of(O_RDONLY), sizeof(open_how)}),
            -ENOENT);
  for (int flags : {O_CREAT | O_WRONLY, O_CREAT | O_RDWR}) {
    const long answer = AnswerOf(debugger, SYS_openat, {web, "new", flags, 0600});
    EXPECT_TRUE(answer == -EROFS || answer == -EACCES) << answer;
  }
  EXPECT_EQ(AnswerOf(debugger, SYS_close, {web}), 0);
}

TEST(LoggerConfinement, CannotRewriteWhatItAppended) {
  DiesOf(ROLE_LOGGER, SYS_ftruncate, {4, 0});
  Debugger debugger(Site().Pid(ROLE_LOGGER));
  const auto filters = debugger.Filters();
  for (long call : {SYS_ftruncate, SYS_truncate, SYS_fallocate, SYS_pwrite64, SYS_pwritev, SYS_pwritev2, SYS_lseek,
                    SYS_sendfile, SYS_copy_file_range, SYS_openat, SYS_openat2}) {
    EXPECT_EQ(Judge(filters, call), SECCOMP_RET_KILL_PROCESS) << call;
  }
  EXPECT_EQ(Judge(filters, SYS_fcntl, {4, F_SETFL, O_RDWR}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_fcntl, {4, F_DUPFD, 0}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_fcntl, {4, F_ADD_SEALS, 0}), SECCOMP_RET_KILL_PROCESS);
}

// Nobody would listen any more, whatever is started in its place.
TEST(DispatcherConfinement, CannotShutItsListener) {
  Debugger debugger(Site().Pid(ROLE_DISPATCHER));
  const auto filters = debugger.Filters();
  EXPECT_EQ(Judge(filters, SYS_shutdown, {4, SHUT_WR}), SECCOMP_RET_ALLOW) << "which a listener ignores";
  EXPECT_EQ(Judge(filters, SYS_shutdown, {4, SHUT_RD}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_shutdown, {4, SHUT_RDWR}), SECCOMP_RET_KILL_PROCESS);
}

// A listener stands in the machine's network namespace. Shut down, it is an unconnected socket.
TEST(DispatcherConfinement, CannotConnectThroughItsListener) {
  LiveSite site;  // its listener is lost by this
  const pid_t pid = site.Pid(ROLE_DISPATCHER);
  const Fd target(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(target.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(target.get(), 1), 0);
  ASSERT_EQ(getsockname(target.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  long listener = -1;
  Fd shared;
  for (int number = 3; number < 64 && listener < 0; ++number) {
    Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    int family = 0, listening = 0;
    socklen_t length = sizeof family;
    getsockopt(copy.get(), SOL_SOCKET, SO_DOMAIN, &family, &length);
    getsockopt(copy.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length);
    if (family == AF_INET && listening) {
      listener = number;
      shared = std::move(copy);
    }
  }
  ASSERT_GE(listener, 0);
  ASSERT_EQ(shutdown(shared.get(), SHUT_RD), 0);  // which the role itself may not
  Debugger debugger(pid);
  const std::string to(reinterpret_cast<const char*>(&address), sizeof address);
  const Answer answer =
      debugger.Call(SYS_sendto, {listener, std::string("x"), 1, MSG_FASTOPEN | MSG_NOSIGNAL, to, sizeof address});
  EXPECT_EQ(answer.died_of, SIGSYS) << "it answered " << answer.value;
}

TEST(DispatcherConfinement, SetsNoOptionButNoDelay) {
  Debugger debugger(Site().Pid(ROLE_DISPATCHER));
  const auto filters = debugger.Filters();
  EXPECT_EQ(Judge(filters, SYS_setsockopt, {4, 6 /* TCP */, 1 /* TCP_NODELAY */}), SECCOMP_RET_ALLOW);
  EXPECT_EQ(Judge(filters, SYS_setsockopt, {4, SOL_SOCKET, 26 /* SO_ATTACH_FILTER */}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_setsockopt, {4, 6, 31 /* TCP_ULP */}), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(Judge(filters, SYS_setsockopt, {4, 0 /* IP */, 64 /* IPT_SO_SET_REPLACE */}), SECCOMP_RET_KILL_PROCESS);
}

}  // namespace
}  // namespace zoobar
