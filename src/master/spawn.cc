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

#include "ipc/channel.h"

namespace zoobar {
namespace {

// Puts the wanted descriptors on 0, 1, 2, ... and closes the rest. Source numbers may overlap the targets, so each is
// first copied above them all.
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

// It and all it starts: the first to go when memory runs out. Its files in /proc are its own, and its parent's to write
// maps to, from here until the role renounces that. Nothing of the role's runs yet.
Status BeTheFirstToGo(int proc) {
  if (prctl(PR_SET_DUMPABLE, 1) != 0) return Error::FromErrno("PR_SET_DUMPABLE");
  const Fd score(openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!score || write(score.get(), "1000", 4) != 4) return Error::FromErrno("oom_score_adj");
  return {};
}

// The child's end of the handshake by which its parent writes the maps of its user namespace.
Status AwaitMaps(const Fd& socket) {
  char byte = 0;
  if (write(socket.get(), "m", 1) != 1 || read(socket.get(), &byte, 1) != 1 || byte != 'm')
    return Error{"no map of ids for its user namespace"};
  return {};
}

Status GiveMaps(const Fd& socket, const SpawnPlan& plan, pid_t child) {
  char byte = 0;
  if (read(socket.get(), &byte, 1) != 1) return Error{"the child ended before it had its ids"};
  if (Status status = WriteMaps(plan.proc, child, plan.maps); !status) return status;
  if (write(socket.get(), "m", 1) != 1) return Error::FromErrno("the child's maps");
  return {};
}

// Runs in the child and returns only with an Error.
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
  if (Status status = ArrangeDescriptors(wanted); !status) return status;
  // Closed by the exec itself, so that the role does not hold it.
  if (!plan.pool && fcntl(executable, F_SETFD, FD_CLOEXEC) != 0) return Error::FromErrno("executable");

  if (Status status = TakeIds(plan.uid, plan.gid, plan.groups); !status) return status;
  const std::uint64_t powers =
      (plan.kind == JailKind::kNamespaces ? CapabilityBit(CAP_SYS_ADMIN) | CapabilityBit(CAP_SETPCAP)
                                          : CapabilityBit(CAP_SYS_CHROOT) | CapabilityBit(CAP_SETPCAP)) |
      plan.capabilities;
  if (Status status = HandOverCapabilities(powers); !status) return status;

  std::string role = "--role=" + std::string(RoleName(plan.role));
  std::string kind = std::string("--jail=") + JailKindName(plan.kind);
  std::string pool = plan.pool ? fmt::format("--pool={}-{}", plan.pool->first, plan.pool->last) : "";
  char name[] = "zoobar";
  char* arguments[] = {name, role.data(), kind.data(), plan.pool ? pool.data() : nullptr, nullptr};
  // glibc keeps seven freed blocks of a size at hand. A role with some dozens of requests in work gives back and takes
  // more than these, each time by a slower way. 256 of each size are at most 9 MB a thread. (glibc's manual, "Memory
  // Allocation Tunables".) Nothing else is in a role's environment, and nothing at all in that of members' programs.
  char allocation[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=256";
  char* environment[] = {plan.pool ? nullptr : allocation, nullptr};
  syscall(SYS_execveat, executable, "", arguments, environment, AT_EMPTY_PATH);
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
  // The old clone: Docker's profile answers ENOSYS to clone3. As fork, but with namespaces and a pidfd; the caller is
  // single-threaded.
  const long pid = syscall(SYS_clone, flags, nullptr, &pidfd, nullptr, nullptr);
  if (pid < 0) return Error::FromErrno("clone");
  if (pid == 0) {
    ours.Close();
    Status status = plan.pool ? BeTheFirstToGo(plan.proc) : Status();
    if (status && theirs) status = AwaitMaps(theirs);
    theirs.Close();
    if (status) status = BecomeRole(plan);
    Die("{}: {}", RoleName(plan.role), status.error().text);
  }
  Spawned spawned{static_cast<pid_t>(pid), Fd(pidfd)};
  theirs.Close();
  if (ours) {
    if (Status status = GiveMaps(ours, plan, spawned.pid); !status) {
      ours.Close();
      waitpid(spawned.pid, nullptr, 0);  // it dies of the end of this socket
      return status.error();
    }
  }
  return spawned;
}

void EndProcess(const Fd& pidfd, std::uint32_t uid, std::uint32_t gid) {
  const pid_t child = fork();
  if (child == 0) {
    const bool taken = setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0;
    if (taken) syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    _exit(taken ? 0 : 1);
  }
  if (child > 0) waitpid(child, nullptr, 0);
}

}  // namespace zoobar
