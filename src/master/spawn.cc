#include "master/spawn.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/must_confine.h"
#include "confine/unconfined.h"
#include "ipc/channel.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

// Moves the wanted descriptors to the numbers 0, 1, 2, ... and closes all others. First duplicates each descriptor to a
// number above these, so that moving one does not overwrite another.
Status ArrangeDescriptors(const std::vector<int>& wanted) {
  const int above = static_cast<int>(wanted.size());
  std::vector<int> copies;
  for (int fd : wanted) {
    copies.push_back(fcntl(fd, F_DUPFD_CLOEXEC, above));
    if (copies.back() < 0) return Error::FromErrno("descriptors of a role");
  }
  for (int target = 0; target < above; ++target) {
    if (dup2(copies[static_cast<std::size_t>(target)], target) < 0) return Error::FromErrno("descriptors of a role");
  }
  if (close_range(static_cast<unsigned>(above), ~0u, 0) != 0) return Error::FromErrno("close_range");
  return {};
}

// Makes this process, and all processes that it starts, the first that the kernel kills when memory runs out. For this
// it writes its oom_score_adj. It must be dumpable then, because otherwise its files in /proc do not belong to its own
// id. Its parent can also write its id maps only if it is dumpable. The role makes itself undumpable again (Renounce)
// before it runs any other code.
Status BecomeFirstOomVictim(int proc) {
  if (prctl(PR_SET_DUMPABLE, 1) != 0) return Error::FromErrno("PR_SET_DUMPABLE");
  const Fd score(openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!score || write(score.get(), "1000", 4) != 4) return Error::FromErrno("oom_score_adj");
  return {};
}

// Called in the child. Asks the parent to write the id maps of the child's user namespace, and waits until they are
// written.
Status AwaitMaps(const Fd& socket) {
  char byte = 0;
  if (write(socket.get(), "m", 1) != 1 || read(socket.get(), &byte, 1) != 1 || byte != 'm')
    return Error{"the master wrote no maps for its user namespace"};
  return {};
}

Status GiveMaps(const Fd& socket, const SpawnPlan& plan, pid_t child) {
  char byte = 0;
  if (read(socket.get(), &byte, 1) != 1) return Error{"the child ended before it asked for its maps"};
  TRY_STATUS(WriteMaps(plan.proc, child, plan.maps));
  if (write(socket.get(), "m", 1) != 1) return Error::FromErrno("the child's maps");
  return {};
}

// Called in the child. Turns it into the role and executes zoobar, so it returns only if there is an Error.
Status BecomeRole(const SpawnPlan& plan) {
  if (setsid() < 0) return Error::FromErrno("setsid");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal : {SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGCHLD}) ::signal(signal, SIG_DFL);

  if (plan.open_files > 0) {
    const rlimit limit{plan.open_files, plan.open_files};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return Error::FromErrno("max_open_files");
  }

  std::vector<int> wanted = {plan.null, plan.null, plan.standard_error, plan.control};
  for (const Fd& folder : plan.folders) wanted.push_back(folder.get());
  const int executable = static_cast<int>(wanted.size());
  wanted.push_back(plan.executable);
  if (plan.scratch >= 0) wanted.push_back(plan.scratch);
  TRY_STATUS(ArrangeDescriptors(wanted));
  // Closes the executable's descriptor at the exec, so that the role does not have it.
  if (!plan.pool && fcntl(executable, F_SETFD, FD_CLOEXEC) != 0) return Error::FromErrno("executable");

  TRY_STATUS(TakeIds(plan.uid, plan.gid, plan.groups));
  const std::uint64_t powers =
      (plan.kind == JailKind::kNamespaces ? CapabilityBit(CAP_SYS_ADMIN) | CapabilityBit(CAP_SETPCAP)
                                          : CapabilityBit(CAP_SYS_CHROOT) | CapabilityBit(CAP_SETPCAP)) |
      plan.capabilities;
  TRY_STATUS(HandOverCapabilities(powers));

  std::string role = "--role=" + std::string(RoleName(plan.role));
  std::string kind = std::string("--jail=") + JailKindName(plan.kind);
  std::string pool = plan.pool ? fmt::format("--pool={}-{}", plan.pool->first, plan.pool->last) : "";
  char name[] = "zoobar";
  char* arguments[] = {name, role.data(), kind.data(), plan.pool ? pool.data() : nullptr, nullptr};
  // By default glibc keeps seven freed blocks of each size for reuse by the same thread. A role that works on dozens of
  // requests at once frees and allocates more blocks, and glibc handles the further blocks more slowly. With 256 blocks
  // of each size, glibc keeps at most 9 MB for each thread (glibc's manual, "Memory Allocation Tunables").
  char allocation[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=256";
  // Makes the dynamic loader find all functions of all libraries before the role begins (ld.so(8)). Otherwise it finds a
  // library's function at the first call, and saves the vector registers on the stack meanwhile. They may hold a piece of
  // a password or token that was copied just before, and nobody wipes that place.
  char binding[] = "LD_BIND_NOW=1";
  // The role that starts runs has an empty environment, because members' programs inherit it.
  std::vector<char*> environment;
  if (!plan.pool) environment = {allocation, binding};
  for (char** more = RoleEnvironment(); *more; ++more) environment.push_back(*more);
  environment.push_back(nullptr);
  syscall(SYS_execveat, executable, "", arguments, environment.data(), AT_EMPTY_PATH);
  return Error::FromErrno("execveat");
}

}  // namespace

Result<Spawned> Spawn(const SpawnPlan& plan) {
  unsigned long flags = SIGCHLD | CLONE_PIDFD;
  if (plan.kind == JailKind::kNamespaces)
    flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  Fd ours, theirs;
  if (!plan.maps.empty()) {
    flags |= CLONE_NEWUSER;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return Error::FromErrno("socketpair");
    ours = Fd(pair[0]);
    theirs = Fd(pair[1]);
  }
  int pidfd = -1;
  // Uses clone and not clone3, because under Docker's seccomp profile clone3 fails with ENOSYS. With a null stack,
  // clone works like fork(2). The child may do anything then, because the caller has only one thread.
  const long pid = syscall(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr);
  if (pid < 0) return Error::FromErrno("clone");
  if (pid == 0) {
    ours.Close();
    Status status = plan.pool ? BecomeFirstOomVictim(plan.proc) : Status();
    if (status.ok() && theirs) status = AwaitMaps(theirs);
    theirs.Close();
    if (status.ok()) status = BecomeRole(plan);
    DieUnconfined(status.error().text);
  }
  Spawned spawned{static_cast<pid_t>(pid), Fd(pidfd)};
  theirs.Close();
  if (ours) {
    if (Status status = GiveMaps(ours, plan, spawned.pid); !status.ok()) {
      ours.Close();
      waitpid(spawned.pid, nullptr, 0);  // the child ends, because its socket was just closed
      return status.error();
    }
  }
  return spawned;
}

bool EndProcess(const Fd& pidfd, std::uint32_t uid, std::uint32_t gid) {
  const pid_t child = fork();
  if (child == 0) {
    const bool taken = setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0;
    const bool sent =
        taken && (syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0) == 0 || errno == ESRCH);
    _exit(sent ? 0 : 1);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace zoobar
