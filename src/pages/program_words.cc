// Explains what happened to a program in its sandbox, for readers who know nothing of sandboxes.
#include <algorithm>

#include "ipc/result.h"
#include "pages/pages.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

struct Forbidden {
  std::string_view calls;  // system calls, with a blank before and after each name
  std::string_view what;
};

// The forbidden system calls, grouped by what the author of the program probably wanted. Most authors do not know that
// they made a system call.
constexpr Forbidden kForbidden[] = {
    {" socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg shutdown "
     "getsockname getpeername setsockopt getsockopt ",
     "open network connections"},
    {" fork vfork clone clone3 execve execveat wait4 waitid ", "start other processes"},
    {" kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal ", "send signals to processes"},
    {" ptrace process_vm_readv process_vm_writev process_madvise pidfd_open pidfd_getfd kcmp ",
     "access other processes"},
    {" mount umount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr "
     "mount_getattr swapon swapoff quotactl ",
     "mount or unmount file systems"},
    {" unshare setns ", "create namespaces"},
    {" setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset ",
     "change their user or group"},
    {" keyctl add_key request_key ", "use the kernel's key store"},
    {" shmget shmat shmctl semget semop semctl semtimedop msgget msgsnd msgrcv msgctl mq_open memfd_create "
     "memfd_secret ",
     "share memory or message queues with other processes"},
    {" mknod mknodat ", "create named pipes or devices"},
    {" bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register seccomp landlock_create_ruleset "
     "landlock_add_rule landlock_restrict_self ",
     "use this part of the kernel"},
    {" setpriority sched_setscheduler sched_setparam sched_setattr sched_setaffinity ioprio_set setrlimit prlimit64 ",
     "change their limits or their priority"},
    {" chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat setxattr lsetxattr fsetxattr ",
     "change permissions or owners of files"},
    {" inotify_init inotify_init1 fanotify_init fanotify_mark ", "watch files for changes"},
    {" setsid setpgid prctl arch_prctl personality ", "change their session, process group or process settings"},
    {" ioctl ", "send commands to devices"},
    {" syslog sethostname setdomainname reboot settimeofday clock_settime adjtimex clock_adjtime acct init_module "
     "finit_module delete_module kexec_load ",
     "administer the machine"},
};

struct KnownCause {
  std::string_view mark;  // a text to look for in the traceback's last line
  std::string_view words;
};

constexpr KnownCause kCauses[] = {
    {"PermissionError", "A program can compute, keep files of its own and call its API. Everything else is blocked."},
    {"[Errno 28]", "There is no more room for the program's files. Remove some, or make them smaller."},
    {"[Errno 122]", "There is no more room for the program's files. Remove some, or make them smaller."},
    {"[Errno 27]", "The file is larger than a program's file may be."},
    {"[Errno 24]", "Too many files are open at once. Close each file when you are done with it."},
    {"[Errno 30]", "Python's own library is read-only."},
    {"MemoryError", "The program needed more memory than it may use."},
    {"can't start new thread", "A program may have at most 7 threads besides its main thread."},
    {"EOFError: EOF when reading a line",
     "input() has nothing to read here: nobody can type while a program runs. Use the visitor's name or the program's "
     "files instead."},
    {"ApiError", "The API refused the call; the error says why. The manual describes each call."},
    {"RecursionError", "A function called itself too many times."},
};

constexpr std::size_t kShownBytes = 100;  // of a name in a traceback
constexpr std::size_t kShownFiles = 20;

// Returns the first text in single quotes, without the quotes.
std::string Quoted(std::string_view text) {
  const std::size_t begin = text.find('\'');
  if (begin == text.npos) return {};
  text.remove_prefix(begin + 1);
  const std::size_t end = text.find('\'');
  return end == text.npos ? std::string() : std::string(CutUtf8(text.substr(0, end), kShownBytes));
}

std::string ExplainModule(std::string_view last) {
  const std::string module = Quoted(last);
  return fmt::format("{} is not available here. The manual says which modules can be imported.",
                     module.empty() ? "This module" : "The module " + module);
}

std::string ExplainMissingFile(std::string_view last, const std::vector<std::string>* files) {
  if (!files) return "There is no such file. A program can open only its own files and Python's library.";
  const std::string file = Quoted(last);
  std::string words = file.empty() ? "There is no such file" : "There is no file " + file;
  if (files->empty()) return words + ". Your program has no files yet.";
  words += ". Your files are: ";
  for (std::size_t i = 0; i < files->size() && i < kShownFiles; ++i) words += (i == 0 ? "" : ", ") + (*files)[i];
  if (files->size() > kShownFiles) words += fmt::format(" and {} more", files->size() - kShownFiles);
  return words + ".";
}

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
  if (found == std::end(kForbidden)) return fmt::format("Programs may not use the system call {}.", call);
  return fmt::format("Programs may not {}.", found->what);
}

std::string ExplainError(std::string_view traceback, const std::vector<std::string>* files) {
  const std::string_view last = LastLine(traceback);
  if (last.starts_with("ModuleNotFoundError")) return ExplainModule(last);
  if (last.starts_with("FileNotFoundError")) return ExplainMissingFile(last, files);
  const auto found =
      std::ranges::find_if(kCauses, [last](const KnownCause& cause) { return last.find(cause.mark) != last.npos; });
  return std::string(found == std::end(kCauses) ? std::string_view() : found->words);
}

}  // namespace zoobar
