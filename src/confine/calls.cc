#include "confine/calls.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "confine/call_rules.h"
#include "ipc/libuv_version.h"

namespace zoobar {
namespace {

// mmap and mprotect are allowed without PROT_EXEC only, so memory never becomes executable.
List EventLoop() {
  return {
      Without(SCMP_SYS(mmap), 2, PROT_EXEC),
      Without(SCMP_SYS(mprotect), 2, PROT_EXEC),
      Any(SCMP_SYS(munmap)),
      Any(SCMP_SYS(mremap)),
      Any(SCMP_SYS(brk)),
      Argument(SCMP_SYS(madvise), 2, MADV_DONTNEED),
      Argument(SCMP_SYS(madvise), 2, MADV_FREE),
      Any(SCMP_SYS(read)),
      Any(SCMP_SYS(write)),
      Any(SCMP_SYS(close)),
      Without(SCMP_SYS(sendmsg), 2, MSG_FASTOPEN),  // with this flag it connects past Landlock, which checks connect(2)
      Any(SCMP_SYS(recvmsg)),
      Any(SCMP_SYS(epoll_create1)),
      Any(SCMP_SYS(epoll_ctl)),
      Any(SCMP_SYS(epoll_wait)),
      Any(SCMP_SYS(epoll_pwait)),
      Any(SCMP_SYS(eventfd2)),
      Any(SCMP_SYS(pipe2)),  // libuv makes a pipe for signals
      Argument(SCMP_SYS(ioctl), 1, FIONBIO),
      Argument(SCMP_SYS(fcntl), 1, F_GETFD),
      Argument(SCMP_SYS(fcntl), 1, F_SETFD),
      Argument(SCMP_SYS(fcntl), 1, F_GETFL),
      Argument(SCMP_SYS(fcntl), 1, F_DUPFD_CLOEXEC),
      Argument(SCMP_SYS(getsockopt), 2, SO_TYPE),  // the channel asks it of a socket that came
      Any(SCMP_SYS(clock_gettime)),
      Any(SCMP_SYS(clock_getres)),
      Any(SCMP_SYS(gettimeofday)),
      Any(SCMP_SYS(time)),
      Any(SCMP_SYS(getrandom)),
      Any(SCMP_SYS(futex)),
      Any(SCMP_SYS(getpid)),
      Any(SCMP_SYS(gettid)),
      Any(SCMP_SYS(sched_yield)),
      Any(SCMP_SYS(rt_sigaction)),
      Any(SCMP_SYS(rt_sigprocmask)),
      Any(SCMP_SYS(rt_sigreturn)),
      Any(SCMP_SYS(restart_syscall)),
      Any(SCMP_SYS(exit)),
      Any(SCMP_SYS(exit_group)),
  };
}

List Store() {
  return {
      Any(SCMP_SYS(openat)),  // Landlock and the jail decide which paths can be opened
      Any(SCMP_SYS(fstat)),
      Any(SCMP_SYS(newfstatat)),
      Any(SCMP_SYS(fstatfs)),
      Any(SCMP_SYS(writev)),
      Any(SCMP_SYS(flock)),
      Any(SCMP_SYS(ftruncate)),
      Any(SCMP_SYS(fallocate)),
      Any(SCMP_SYS(fsync)),
      Any(SCMP_SYS(fdatasync)),
      Any(SCMP_SYS(msync)),
      Any(SCMP_SYS(lseek)),
      Any(SCMP_SYS(pread64)),
      Any(SCMP_SYS(pwrite64)),
      Any(SCMP_SYS(pwritev)),
      Any(SCMP_SYS(madvise)),
      Any(SCMP_SYS(mkdirat)),
      Any(SCMP_SYS(uname)),
      Argument(SCMP_SYS(fcntl), 1, F_SETLK),
      Argument(SCMP_SYS(fcntl), 1, F_SETLKW),  // if a backup has the store open when the role is started
      Argument(SCMP_SYS(fcntl), 1, F_GETLK),
      Argument(SCMP_SYS(fcntl), 1, F_OFD_SETLK),
      Argument(SCMP_SYS(fcntl), 1, F_SETFL),
  };
}

List Threads() {
  constexpr std::uint64_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  constexpr std::uint64_t kOptional =
      CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_DETACHED;
  return {
      // clone may only make a thread, never a process or a new namespace. clone3 passes its flags behind a pointer,
      // where a filter cannot see them. So the filter answers clone3 with ENOSYS (TriedCalls), and glibc then calls
      // clone.
      {SCMP_SYS(clone), {scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, ~kOptional, kThread}}},
      Any(SCMP_SYS(set_robust_list)),
      Any(SCMP_SYS(rseq)),
      Any(SCMP_SYS(madvise)),
      Any(SCMP_SYS(sched_getaffinity)),
      Any(SCMP_SYS(prlimit64)),  // glibc asks for the stack's size
      Argument(SCMP_SYS(prctl), 0, PR_SET_NAME),
      Any(SCMP_SYS(clock_nanosleep)),
      Any(SCMP_SYS(sigaltstack)),
      Any(SCMP_SYS(mlock)),
      Any(SCMP_SYS(munlock)),
  };
}

List OpenBelow() {
  return {Any(SCMP_SYS(openat2)), Any(SCMP_SYS(openat)), Any(SCMP_SYS(fstat)), Any(SCMP_SYS(newfstatat)),
          Any(SCMP_SYS(getdents64))};
}

List WatchFiles() {
  return {Any(SCMP_SYS(inotify_init1)), Any(SCMP_SYS(inotify_add_watch)), Any(SCMP_SYS(inotify_rm_watch))};
}

List Accept() {
  return {Argument(SCMP_SYS(accept4), 3, SOCK_NONBLOCK | SOCK_CLOEXEC), Any(SCMP_SYS(getpeername)),
          Any(SCMP_SYS(getsockname)), Argument(SCMP_SYS(getsockopt), 2, SO_PEERCRED), Poll()};
}

List ServeHttp() {
  // sendto is allowed only as send(2) uses it, without an address and without MSG_FASTOPEN. A client's socket belongs
  // to the machine's own network namespace. After the client's connection has ended, sendto with an address or with
  // MSG_FASTOPEN could connect the socket again, to any machine.
  const AllowedCall send = {SCMP_SYS(sendto),
                            {scmp_arg_cmp{3, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0}, scmp_arg_cmp{4, SCMP_CMP_EQ, 0, 0}}};
  const AllowedCall no_delay = {
      SCMP_SYS(setsockopt),
      {scmp_arg_cmp{1, SCMP_CMP_EQ, IPPROTO_TCP, 0}, scmp_arg_cmp{2, SCMP_CMP_EQ, TCP_NODELAY, 0}}};
  return {Any(SCMP_SYS(recvfrom)),
          send,
          Any(SCMP_SYS(readv)),
          Any(SCMP_SYS(writev)),
          Argument(SCMP_SYS(shutdown), 1, SHUT_WR),  // SHUT_RD and SHUT_RDWR would stop a listening socket
          no_delay,
          Any(SCMP_SYS(getsockopt)),
          Any(SCMP_SYS(prlimit64)),
          Argument(SCMP_SYS(fcntl), 1, F_SETFL)};
}

List SendFile() {
  return {Any(SCMP_SYS(sendfile)), Any(SCMP_SYS(pread64)), Any(SCMP_SYS(fstat)), Any(SCMP_SYS(newfstatat))};
}

// ftruncate, fallocate, pwrite, lseek and F_SETFL are missing, so that a role cannot change what it has appended.
// O_APPEND alone does not prevent that.
List AppendLogs() {
  return {Any(SCMP_SYS(writev)), Any(SCMP_SYS(fstat)), Any(SCMP_SYS(newfstatat)), Poll(), Any(SCMP_SYS(ppoll))};
}

List AskForFile() { return {Any(SCMP_SYS(newfstatat))}; }

List Supervise() {
  return {Any(SCMP_SYS(socketpair)),
          Poll(),
          Any(SCMP_SYS(recvfrom)),
          Any(SCMP_SYS(pidfd_open)),
          Any(SCMP_SYS(pidfd_send_signal)),
          Any(SCMP_SYS(wait4)),
          Argument(SCMP_SYS(ioctl), 1, SECCOMP_IOCTL_NOTIF_RECV),
          Argument(SCMP_SYS(ioctl), 1, SECCOMP_IOCTL_NOTIF_SEND),
          Any(SCMP_SYS(openat2)),
          Any(SCMP_SYS(fstat)),
          Any(SCMP_SYS(newfstatat)),
          Any(SCMP_SYS(getdents64)),
          Any(SCMP_SYS(memfd_create)),
          Any(SCMP_SYS(lseek)),
          Any(SCMP_SYS(pread64)),
          Argument(SCMP_SYS(sched_setscheduler), 1, SCHED_IDLE),  // the lowest priority
          Argument(SCMP_SYS(fcntl), 1, F_ADD_SEALS),
          Argument(SCMP_SYS(fcntl), 1, F_SETFL)};
}

List BuildWalls() {
  List calls = ProgramCalls();
  for (int number : {// to clone a run in namespaces of its own, and to set its root, ids, limits and filters
                     SCMP_SYS(clone),
                     SCMP_SYS(wait4),
                     SCMP_SYS(execveat),
                     SCMP_SYS(getsockopt),
                     SCMP_SYS(sendmsg),
                     SCMP_SYS(recvmsg),
                     SCMP_SYS(setpgid),
                     SCMP_SYS(fsopen),
                     SCMP_SYS(fsconfig),
                     SCMP_SYS(fsmount),
                     SCMP_SYS(open_tree),
                     SCMP_SYS(move_mount),
                     SCMP_SYS(pivot_root),
                     SCMP_SYS(umount2),
                     SCMP_SYS(chroot),
                     SCMP_SYS(setresuid),
                     SCMP_SYS(setresgid),
                     SCMP_SYS(setgroups),
                     SCMP_SYS(capset),
                     SCMP_SYS(prctl),
                     SCMP_SYS(seccomp),
                     SCMP_SYS(prlimit64),
                     SCMP_SYS(setrlimit),
                     SCMP_SYS(fcntl),
                     SCMP_SYS(ioctl),
                     SCMP_SYS(arch_prctl),
                     SCMP_SYS(sched_setscheduler),
                     SCMP_SYS(memfd_create),
                     SCMP_SYS(landlock_create_ruleset),
                     SCMP_SYS(landlock_add_rule),
                     SCMP_SYS(landlock_restrict_self),
                     SCMP_SYS(pkey_mprotect),
                     SCMP_SYS(mlock),
                     SCMP_SYS(munlock)}) {
    calls.push_back(Any(number));
  }
  return calls;
}

List CpuLimit() { return {Any(SCMP_SYS(setitimer)), Any(SCMP_SYS(getitimer))}; }

}  // namespace

std::vector<AllowedCall> CallsOf(Calls group) {
  switch (group) {
    case Calls::kLoop:
      return EventLoop();
    case Calls::kStore:
      return Store();
    case Calls::kThreads:
      return Threads();
    case Calls::kOpenBelow:
      return OpenBelow();
    case Calls::kWatchFiles:
      return WatchFiles();
    case Calls::kAccept:
      return Accept();
    case Calls::kServeHttp:
      return ServeHttp();
    case Calls::kSocketPairs:
      return {Argument(SCMP_SYS(socketpair), 0, AF_UNIX)};
    case Calls::kSendFile:
      return SendFile();
    case Calls::kAppendLogs:
      return AppendLogs();
    case Calls::kAskForFile:
      return AskForFile();
    case Calls::kCpuLimit:
      return CpuLimit();
    case Calls::kSupervise:
      return Supervise();
    case Calls::kBuildWalls:
      return BuildWalls();
    case Calls::kProgram:
      return ProgramCalls();
  }
  return {};
}

std::vector<AllowedCall> CallsOf(const Privileges& privileges) {
  std::vector<AllowedCall> all;
  for (const CallGrant& grant : privileges.calls) {
    for (AllowedCall& call : CallsOf(grant.calls)) all.push_back(std::move(call));
  }
  return all;
}

std::vector<int> TriedCalls() {
  std::vector<int> calls = {SCMP_SYS(clone3)};  // by glibc, for each thread
  if constexpr (kLibuvAsksKernel) calls.push_back(SCMP_SYS(io_uring_setup));
  return calls;
}

std::vector<AllowedCall> MasterCalls() {
  List all = EventLoop();
  for (int number :
       {// to start a role: make a process, set its descriptors and ids (seccomp.cc checks the ids), execute its file
        SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execveat), SCMP_SYS(setresuid),
        SCMP_SYS(setresgid), SCMP_SYS(set_tid_address), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3),
        SCMP_SYS(close_range), SCMP_SYS(fcntl), SCMP_SYS(setsid), SCMP_SYS(socketpair), SCMP_SYS(umask),
        SCMP_SYS(prctl), SCMP_SYS(capset), SCMP_SYS(capget),
        // to end a role: a child process of the master changes to the role's id and sends the signal
        SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_send_signal), SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(kill),
        // for a new role before it is confined: the dynamic loader, then the steps into the jail
        SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(open), SCMP_SYS(openat),
        SCMP_SYS(openat2), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
        SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
        SCMP_SYS(pread64), SCMP_SYS(arch_prctl), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(prlimit64),
        SCMP_SYS(uname), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getresuid),
        SCMP_SYS(getresgid), SCMP_SYS(getgroups), SCMP_SYS(getppid), SCMP_SYS(sched_getaffinity), SCMP_SYS(sysinfo),
        SCMP_SYS(setrlimit), SCMP_SYS(getrlimit), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(chdir), SCMP_SYS(fchdir),
        SCMP_SYS(chroot), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(move_mount),
        SCMP_SYS(open_tree), SCMP_SYS(seccomp), SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule),
        SCMP_SYS(landlock_restrict_self), SCMP_SYS(sethostname), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
        // for the master's own work: logs, reloading the configuration, systemd's notify socket
        SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(rename), SCMP_SYS(unlinkat), SCMP_SYS(fchmod),
        SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(signalfd4), SCMP_SYS(getsockopt), SCMP_SYS(poll),
        SCMP_SYS(ppoll), SCMP_SYS(sigaltstack), SCMP_SYS(clock_nanosleep), SCMP_SYS(tgkill), SCMP_SYS(lseek)}) {
    all.push_back(Any(number));
  }
  return all;
}

std::string CallName(int number) {
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  std::string text = name ? name : std::to_string(number);
  std::free(name);
  return text;
}

}  // namespace zoobar
