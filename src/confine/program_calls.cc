// The system calls of members' programs: those that they may make, and those that are answered with an error.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "confine/call_rules.h"
#include "confine/calls.h"

namespace zoobar {
namespace {

// The system calls that CPython needs inside a run. None of these calls reaches another process, another user's file or
// the network. Calls that would do so (sockets, processes, namespaces, hard links, tracing, keys) are missing on
// purpose.
constexpr int kProgramCalls[] = {
    // memory
    SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
    SCMP_SYS(msync), SCMP_SYS(mincore),
    // open files
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    SCMP_SYS(preadv), SCMP_SYS(pwritev), SCMP_SYS(preadv2), SCMP_SYS(pwritev2), SCMP_SYS(close), SCMP_SYS(close_range),
    SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(lseek), SCMP_SYS(getdents64), SCMP_SYS(fchdir), SCMP_SYS(fchmod),
    SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(flock), SCMP_SYS(dup),
    SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(copy_file_range), SCMP_SYS(fgetxattr), SCMP_SYS(flistxattr),
    // paths
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(getcwd), SCMP_SYS(chdir), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
    SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(symlink),
    SCMP_SYS(symlinkat), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(utime),
    SCMP_SYS(utimes), SCMP_SYS(utimensat), SCMP_SYS(truncate), SCMP_SYS(umask), SCMP_SYS(getxattr), SCMP_SYS(lgetxattr),
    SCMP_SYS(listxattr), SCMP_SYS(llistxattr),
    // waiting
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2),
    SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(futex),
    SCMP_SYS(sched_yield), SCMP_SYS(restart_syscall),
    // signals. They reach no other process, because the run's pid namespace holds none
    SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(pause), SCMP_SYS(alarm), SCMP_SYS(setitimer), SCMP_SYS(getitimer),
    // time and random numbers
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times),
    SCMP_SYS(getrusage), SCMP_SYS(getrandom),
    // the process itself
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid), SCMP_SYS(getgroups), SCMP_SYS(getpgrp),
    SCMP_SYS(getpgid), SCMP_SYS(getsid), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_get_priority_max), SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(getpriority), SCMP_SYS(getrlimit), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getcpu),
    SCMP_SYS(set_tid_address), SCMP_SYS(get_robust_list), SCMP_SYS(exit), SCMP_SYS(exit_group)};

// A pair of connected local sockets, as asyncio makes one for each event loop, and send and receive on it. Such a pair
// leads nowhere but to the run itself. Descriptors cannot be passed through it, because sendmsg and recvmsg are missing.
// Only streams are allowed, because asyncio uses nothing else. Flags are not allowed: out-of-band data of local sockets
// (MSG_OOB) has been a hole in the kernel. An address is not allowed either, so nothing can be reached by a name.
List LocalPairs() {
  constexpr std::uint64_t kOptional = SOCK_CLOEXEC | SOCK_NONBLOCK;
  std::vector<scmp_arg_cmp> plain = {{3, SCMP_CMP_EQ, 0, 0}, {4, SCMP_CMP_EQ, 0, 0}};
  return {{SCMP_SYS(socketpair),
           {{0, SCMP_CMP_EQ, AF_UNIX, 0}, {1, SCMP_CMP_MASKED_EQ, ~kOptional, SOCK_STREAM}, {2, SCMP_CMP_EQ, 0, 0}}},
          {SCMP_SYS(sendto), plain},
          {SCMP_SYS(recvfrom), plain},
          Any(SCMP_SYS(shutdown))};  // asyncio's write_eof calls it. A run has no sockets but pairs and that of its API
}

}  // namespace

std::vector<AllowedCall> ProgramCalls() {
  List calls = CallsOf(Calls::kThreads);
  for (const int number : kProgramCalls) calls.push_back(Any(number));
  // The group kThreads allows these three calls with any arguments. That would be too much for a program.
  std::erase_if(calls, [](const AllowedCall& call) {
    return call.number == SCMP_SYS(prlimit64) || call.number == SCMP_SYS(mlock) || call.number == SCMP_SYS(munlock);
  });
  // prlimit64 is allowed only to read limits of the process itself. So argument 0, the pid, must be 0, which means
  // itself, and argument 2, the pointer to a new limit, must be null.
  calls.push_back({SCMP_SYS(prlimit64), {scmp_arg_cmp{0, SCMP_CMP_EQ, 0, 0}, scmp_arg_cmp{2, SCMP_CMP_EQ, 0, 0}}});
  for (std::uint64_t command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_OFD_GETLK}) {
    calls.push_back(Argument(SCMP_SYS(fcntl), 1, command));
  }
  for (std::uint64_t request : {TCGETS, TIOCGWINSZ, FIONREAD, FIOCLEX, FIONCLEX, FIONBIO}) {
    calls.push_back(Argument(SCMP_SYS(ioctl), 1, request));
  }
  calls.push_back(Argument(SCMP_SYS(prctl), 0, PR_GET_NAME));
  for (AllowedCall& call : LocalPairs()) calls.push_back(std::move(call));
  return calls;
}

std::vector<AnsweredCall> AnsweredCalls() {
  return {
      // Its flags are behind a pointer, where no filter sees them. Libraries then use clone.
      {Any(SCMP_SYS(clone3)), ENOSYS},
      // glibc asks the name service's daemon by a local socket when a program looks up a user, a group or a host, and
      // syslog(3) does the same. For every error, they go on without the daemon. The kernel answers EACCES if a process
      // may not make a socket of this kind.
      {Argument(SCMP_SYS(socket), 0, AF_UNIX), EACCES},
      // Python's module socket asks for the names of each socket for which it makes an object, or which it shows, and
      // goes on without them.
      {Any(SCMP_SYS(getsockname)), EPERM},
      {Any(SCMP_SYS(getpeername)), EPERM},
      {Any(SCMP_SYS(getsockopt)), EPERM},
      // It puts pages of a file into a socket, where no limit of the run counts them. Python's modules then read and write.
      {Any(SCMP_SYS(sendfile)), EINVAL},
      // No record lock is kept, because the kernel bounds neither their number nor how long everybody's close of a locked
      // file takes, and runs share files. These locks belong to a process and a run is one, so it cannot tell that they
      // always succeed. SQLite needs them. Locks of open file descriptions are not there, as on old kernels.
      {Argument(SCMP_SYS(fcntl), 1, F_SETLK), 0},
      {Argument(SCMP_SYS(fcntl), 1, F_SETLKW), 0},
      {Argument(SCMP_SYS(fcntl), 1, F_OFD_SETLK), EINVAL},
      {Argument(SCMP_SYS(fcntl), 1, F_OFD_SETLKW), EINVAL},
  };
}

}  // namespace zoobar
