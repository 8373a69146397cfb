// What the master can still do once it has given up root. System calls are injected into the live process (debugger.h).
// Where the filter of a role kills, the master's answers ENOSYS (SECCOMP_RET_TRACE without a tracer for it), so the
// site goes on after each call.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <filesystem>

#include "confinement/debugger.h"
#include "confinement/shared_site.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

class MasterConfinement : public testing::Test {
 protected:
  MasterConfinement() : debugger_(SharedSite().master()) {}
  long Call(long number, const std::vector<Argument>& arguments) {
    const CallResult answer = debugger_.Call(number, arguments);
    EXPECT_EQ(answer.died_of, 0) << "call " << number;
    return answer.value;
  }
  static std::uint32_t base() { return SharedSite().id_base(); }

  Debugger debugger_;
};

TEST_F(MasterConfinement, CannotBecomeRootOrAForeignId) {
  for (long call : {SYS_setresuid, SYS_setresgid}) {
    for (std::uint32_t id : {0u, 1000u, 65534u, base() - 1, base() + 256}) {
      EXPECT_EQ(Call(call, {id, id, id}), -ENOSYS) << id;
    }
    EXPECT_EQ(Call(call, {base() + 15, 0, base() + 15}), -ENOSYS);
    EXPECT_EQ(Call(call, {-1, 0, -1}), -ENOSYS);
  }
  for (long call : {SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setfsuid, SYS_setfsgid}) {
    EXPECT_EQ(Call(call, {0, 0}), -ENOSYS) << call;
  }
}

TEST_F(MasterConfinement, CannotJoinAForeignGroup) {
  for (std::uint32_t group : {0u, 42u /* shadow */, 1000u}) {
    const std::string list(reinterpret_cast<const char*>(&group), sizeof group);
    const long answer = Call(SYS_setgroups, {1, list});
    EXPECT_TRUE(answer == -EINVAL || answer == -EPERM) << group << ": " << answer;
  }
}

TEST_F(MasterConfinement, CannotReachTheMachinesFiles) {
  for (const char* path :
       {"/etc/shadow", "/etc/passwd", "/proc/self/mem", "/proc/1/environ", "/dev/sda", "/root", "/tmp"}) {
    EXPECT_EQ(Call(SYS_openat, {AT_FDCWD, path, O_RDONLY}), -ENOENT) << path;
  }
  EXPECT_EQ(Call(SYS_openat, {AT_FDCWD, "/usr/lib/new", O_CREAT | O_WRONLY, 0600}), -EROFS);
  EXPECT_LT(Call(SYS_mount, {"none", "/jail", "proc", 0, 0}), 0)
      << "it has no pid namespace of its own, and so gets no proc";
  EXPECT_LT(Call(SYS_mount, {"/dev/vda", "/jail", "ext4", 0, 0}), 0);
  // It may remount its mounts, but the owner of the machine's files has no id in its user namespace.
  Call(SYS_mount, {"none", "/usr/lib", "none", MS_REMOUNT | MS_BIND, 0});
  EXPECT_EQ(Call(SYS_openat, {AT_FDCWD, "/usr/lib/new", O_CREAT | O_WRONLY, 0600}), -EACCES);
  EXPECT_EQ(Call(SYS_openat, {AT_FDCWD, "/usr/lib/os-release", O_WRONLY}), -EACCES);
  Call(SYS_mount, {"none", "/usr/lib", "none", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, 0});
}

TEST_F(MasterConfinement, CannotCallWhatNobodyNeeds) {
  for (long call : {SYS_unshare,
                    SYS_setns,
                    SYS_ptrace,
                    SYS_bpf,
                    SYS_keyctl,
                    SYS_add_key,
                    SYS_request_key,
                    SYS_init_module,
                    SYS_finit_module,
                    SYS_delete_module,
                    SYS_kexec_load,
                    SYS_reboot,
                    SYS_io_uring_setup,
                    SYS_perf_event_open,
                    SYS_userfaultfd,
                    SYS_process_vm_readv,
                    SYS_process_vm_writev,
                    SYS_pidfd_getfd,
                    SYS_open_by_handle_at,
                    SYS_personality,
                    SYS_socket,
                    SYS_connect,
                    SYS_bind,
                    SYS_listen,
                    SYS_execve,
                    SYS_swapon,
                    SYS_settimeofday,
                    SYS_iopl,
                    SYS_mknodat,
                    SYS_quotactl,
                    SYS_mount_setattr}) {
    EXPECT_EQ(Call(call, {0, 0, 0, 0, 0, 0}), -ENOSYS) << call;
  }
}

TEST_F(MasterConfinement, OtherArchitecturesNumbersKill) {
  const auto filters = debugger_.ReadFilters();
  ASSERT_EQ(filters.size(), 2u);
  for (long number = 0; number < 600; ++number) {
    EXPECT_EQ(ActionOf(filters, number, {}, AUDIT_ARCH_I386), SECCOMP_RET_KILL_PROCESS) << number;
    EXPECT_EQ(ActionOf(filters, 0x40000000 | number), SECCOMP_RET_KILL_PROCESS) << "x32 " << number;
  }
}

TEST_F(MasterConfinement, ReadsNoMemoryOfItsRoles) {
  // Roles are not dumpable, and the master has no /proc any more. It cannot even call ptrace(2).
  EXPECT_EQ(Call(SYS_ptrace, {16, SharedSite().ConfinedPid(ROLE_AUTH), 0, 0}), -ENOSYS);
}

TEST(MasterPowers, CountInsideItsOwnUserNamespaceAlone) {
  const pid_t pid = SharedSite().master();
  const std::uint32_t base = SharedSite().id_base();
  const std::string own = "/proc/" + std::to_string(pid);
  EXPECT_NE(fs::read_symlink(own + "/ns/user"), fs::read_symlink("/proc/self/ns/user"));
  const std::string id = std::to_string(base + 1);
  const std::string four = id + "\t" + id + "\t" + id + "\t" + id;
  EXPECT_EQ(StatusField(pid, "Uid"), four);
  EXPECT_EQ(StatusField(pid, "Gid"), four);
  EXPECT_EQ(StatusField(pid, "Groups"), "");
  EXPECT_EQ(StatusField(pid, "NoNewPrivs"), "1");
  EXPECT_EQ(StatusField(pid, "Seccomp"), "2");
  // CAP_SETGID, CAP_SETUID, CAP_SETPCAP and CAP_SYS_ADMIN. They count for the mapped ids and these namespaces only.
  EXPECT_EQ(StatusField(pid, "CapEff"), "00000000002001c0");
  EXPECT_EQ(StatusField(pid, "CapBnd"), "00000000002001c0");
  for (const char* map : {"/uid_map", "/gid_map"}) {
    std::uint32_t inside = 0, outside = 0, count = 0;
    const std::string text = ReadWhole(own + map);
    ASSERT_EQ(std::sscanf(text.c_str(), "%u %u %u", &inside, &outside, &count), 3);
    EXPECT_EQ(inside, base);
    EXPECT_EQ(outside, base);
    EXPECT_EQ(count, 256u);
    EXPECT_EQ(text.find('\n'), text.size() - 1) << "there is one line, so not even id 0 is mapped";
  }
}

TEST(MasterPowers, LeaveTheSiteAnsweringAfterEveryRefusal) { EXPECT_TRUE(SharedSite().Answers()); }

}  // namespace
}  // namespace zoobar
