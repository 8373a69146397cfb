// What a program met in its sandbox, in words for somebody who has never seen one.
#include <algorithm>

#include "ipc/result.h"
#include "pages/pages.h"

namespace zoobar {
namespace {

struct Forbidden {
  std::string_view calls;  // between blanks
  std::string_view what;
};

// By what a person wanted who made such a call, mostly without knowing of it.
constexpr Forbidden kForbidden[] = {
    {" socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg shutdown "
     "getsockname getpeername setsockopt getsockopt ",
     "open network connections"},
    {" fork vfork clone clone3 execve execveat wait4 waitid ", "start other processes"},
    {" kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal ", "send signals to processes"},
    {" ptrace process_vm_readv process_vm_writev process_madvise pidfd_open pidfd_getfd kcmp ",
     "look into other processes"},
    {" mount umount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
     "mount_getattr swapon swapoff quotactl ",
     "change what is mounted where"},
    {" unshare setns ", "make namespaces of their own"},
    {" setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset ",
     "change as whom they run"},
    {" keyctl add_key request_key ", "use the kernel's keys"},
    {" shmget shmat shmctl semget semop semctl semtimedop msgget msgsnd msgrcv msgctl mq_open memfd_create "
     "memfd_secret ",
     "share memory or queues with others"},
    {" mknod mknodat ", "make named pipes or devices"},
    {" bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register seccomp landlock_create_ruleset "
     "landlock_add_rule landlock_restrict_self ",
     "use this part of the kernel"},
    {" setpriority sched_setscheduler sched_setparam sched_setattr sched_setaffinity ioprio_set setrlimit prlimit64 ",
     "change their limits or their turn"},
    {" chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr lsetxattr fsetxattr ",
     "change modes or owners of files"},
    {" inotify_init inotify_init1 fanotify_init fanotify_mark ", "watch files for changes"},
    {" setsid setpgid prctl arch_prctl personality ", "change how the kernel sees them"},
    {" ioctl ", "send commands to devices"},
    {" syslog sethostname setdomainname reboot settimeofday clock_settime adjtimex clock_adjtime acct init_module "
     "finit_module delete_module kexec_load ",
     "administer the machine"},
};

struct KnownCause {
  std::string_view mark;  // in the traceback's last line
  std::string_view words;
};

constexpr KnownCause kCauses[] = {
    {"PermissionError",
     "A program may compute, keep files of its own and ask its API. Whatever else it tries is refused."},
    {"[Errno 28]", "Its files are full: they have a limit of bytes and of number."},
    {"[Errno 122]", "Its files are full: they have a limit of bytes and of number."},
    {"[Errno 27]", "No file of a program may grow so large."},
    {"[Errno 24]", "A program may have only so many files open at once: close them when they are read."},
    {"[Errno 30]", "Python's own library can be read, not changed."},
    {"MemoryError", "It wanted more memory than a program may have."},
    {"can't start new thread", "A program may have 7 threads beside its first."},
    {"FileNotFoundError", "A program sees its own files and Python's library; no other file of the machine."},
    {"ModuleNotFoundError", "What can be imported is Python's standard library, and nothing else."},
    {"ApiError", "The API refused the call, and says why. The manual tells what each call wants."},
    {"RecursionError", "A function called itself too many times."},
};

std::string_view LastLine(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  const std::size_t end = text.rfind('\n');
  return end == text.npos ? text : text.substr(end + 1);
}

}  // namespace

std::string DescribeDenial(std::string_view call) {
  const std::string sought = fmt::format(" {} ", call);
  const auto found = std::ranges::find_if(
      kForbidden, [&sought](const Forbidden& each) { return each.calls.find(sought) != each.calls.npos; });
  if (found == std::end(kForbidden)) return fmt::format("Programs may not make the system call {}.", call);
  return fmt::format("Programs may not {}.", found->what);
}

std::string_view ExplainError(std::string_view traceback) {
  const std::string_view last = LastLine(traceback);
  const auto found =
      std::ranges::find_if(kCauses, [last](const KnownCause& cause) { return last.find(cause.mark) != last.npos; });
  return found == std::end(kCauses) ? std::string_view() : found->words;
}

}  // namespace zoobar
