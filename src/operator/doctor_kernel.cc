#include "operator/doctor_kernel.h"

#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "confine/landlock.h"
#include "confine/seccomp.h"
#include "confine/step.h"
#include "ipc/fd.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr int kOldestMajor = 6, kOldestMinor = 1;

// Returns the first line of the file of a kernel setting, or an empty string if the file does not exist.
std::string Setting(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool InBoundingSet(unsigned long capability) { return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1; }

// Returns advice on how to get user namespaces. The advice depends on the kernel settings that may forbid them.
std::string NamespaceRemedy() {
  if (Setting("/proc/sys/user/max_user_namespaces") == "0") return "sysctl user.max_user_namespaces is 0: raise it";
  if (Setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" && geteuid() != 0) {
    return "sysctl kernel.unprivileged_userns_clone is 0: set it to 1, or run as root";
  }
  return "in a container, use a seccomp profile that allows namespaces and mounts (docs/containers.md); otherwise "
         "check "
         "sysctl user.max_user_namespaces and the policy of the security module";
}

std::string MissingCapabilities(std::initializer_list<std::pair<unsigned long, const char*>> wanted) {
  std::string missing;
  for (const auto& [capability, name] : wanted) {
    if (!InBoundingSet(capability)) missing += (missing.empty() ? "" : ", ") + std::string(name);
  }
  return missing;
}

}  // namespace

Status TryInChild(const std::function<Status()>& step) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Error::FromErrno("pipe");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t child = fork();
  if (child < 0) return Error::FromErrno("fork");
  if (child == 0) {
    const Status status = step();
    const std::string text = status.ok() ? "" : status.error().text;
    [[maybe_unused]] const ssize_t written = write(write_end.get(), text.data(), text.size());
    _exit(status.ok() ? 0 : 1);
  }
  write_end.Close();
  std::string text(512, '\0');
  const ssize_t count = read(read_end.get(), text.data(), text.size());
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  int how = 0;
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
  }
  if (!text.empty()) return Error{text};
  if (WIFSIGNALED(how)) return Error::Of("ended by signal {}", WTERMSIG(how));
  if (WEXITSTATUS(how) != 0) return Error::Of("exit status {}", WEXITSTATUS(how));
  return {};
}

Finding CheckKernel(const std::string& release) {
  Finding finding{"kernel", Verdict::kOk, "Linux " + release, "the kernel enforces every layer below",
                  "use Linux 6.1 or newer, as in Debian 12"};
  int major = 0, minor = 0;
  if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) major = 0;
  const bool old = major < kOldestMajor || (major == kOldestMajor && minor < kOldestMinor);
  if (old) {
    finding.verdict = Verdict::kLimited;
    finding.found += ", older than the oldest tested version (6.1)";
  }
  return finding;
}

Finding CheckRoot() {
  Finding finding{"root at the start", Verdict::kOk, "this is root",
                  "the master binds its sockets and builds the jails as root, then gives root up for good",
                  "run sudo zoobar doctor to see what root is allowed here"};
  if (geteuid() != 0) {
    finding.verdict = Verdict::kMissing;
    finding.found = fmt::format("this is uid {}; the probes below were made without root", geteuid());
    return finding;
  }
  const std::string missing = MissingCapabilities({{CAP_CHOWN, "CAP_CHOWN"},
                                                   {CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
                                                   {CAP_FOWNER, "CAP_FOWNER"},
                                                   {CAP_SETUID, "CAP_SETUID"},
                                                   {CAP_SETGID, "CAP_SETGID"},
                                                   {CAP_SETPCAP, "CAP_SETPCAP"}});
  if (!missing.empty()) {
    finding.verdict = Verdict::kLimited;
    finding.found = "root without " + missing;
    finding.remedy = "grant these capabilities to the container or unit";
  }
  return finding;
}

Finding CheckUserNamespaces(IdMap map, bool& namespaces) {
  const Status probed = ProbeNamespaces(map);
  namespaces = probed.ok();
  Finding finding{"user namespaces", Verdict::kOk,
                  fmt::format("allowed: one that has only the ids {} to {} works", map.base, map.base + map.count - 1),
                  "no part of zoobar inside it has power over the machine", ""};
  if (!namespaces) {
    finding.verdict = Verdict::kLimited;
    finding.found = "refused: " + probed.error().text;
    finding.remedy = NamespaceRemedy();
  }
  return finding;
}

Finding CheckOtherNamespaces(bool namespaces) {
  Finding finding{"other namespaces", Verdict::kOk, "mount, pid, network, IPC and UTS work",
                  "a role sees no other process, no network and only its own files", "allow user namespaces"};
  std::string refused;
  for (const auto& [flag, name] : {std::pair(CLONE_NEWNS, "mount"),
                                   {CLONE_NEWPID, "pid"},
                                   {CLONE_NEWNET, "network"},
                                   {CLONE_NEWIPC, "IPC"},
                                   {CLONE_NEWUTS, "UTS"}}) {
    const Status tried = TryInChild([kind = flag] { return Step(unshare(CLONE_NEWUSER | kind), "unshare"); });
    if (!tried.ok()) refused += (refused.empty() ? "" : ", ") + std::string(name);
  }
  if (!refused.empty() || !namespaces) {
    finding.verdict = Verdict::kLimited;
    finding.found = refused.empty() ? "they work, but not with the ids of the site" : "refused: " + refused;
  }
  return finding;
}

Finding CheckMounts(const std::string& folder, bool namespaces) {
  const Status taken = TryInChild([&folder]() -> Status {
    TRY_STATUS(AllowMounts());
    TRY(const Fd mount, TakeFolder(folder, FolderUse::kReadOnly));
    return {};
  });
  Finding finding{"mounts", Verdict::kOk, "open_tree and mount_setattr work on " + folder,
                  "the root of each role holds only its own folders", ""};
  if (!taken.ok()) {
    finding.verdict = namespaces ? Verdict::kMissing : Verdict::kLimited;
    finding.found = taken.error().text;
    finding.remedy = "use a seccomp profile that allows unshare, open_tree and mount_setattr";
  }
  return finding;
}

Finding CheckFallback(bool namespaces) {
  Finding finding{"without namespaces", Verdict::kOk, "not needed",
                  "where namespaces are refused, uids, chroot, Landlock and seccomp confine the roles", ""};
  if (namespaces) return finding;
  const std::string missing = MissingCapabilities({{CAP_SETUID, "CAP_SETUID"},
                                                   {CAP_SETGID, "CAP_SETGID"},
                                                   {CAP_SYS_CHROOT, "CAP_SYS_CHROOT"},
                                                   {CAP_SETPCAP, "CAP_SETPCAP"}});
  finding.found = "every role gets its own uid and root directory";
  if (!missing.empty()) {
    finding.verdict = Verdict::kMissing;
    finding.found = "no " + missing;
    finding.remedy = "grant these capabilities, or allow user namespaces";
  }
  return finding;
}

Finding CheckSeccomp() {
  // Loads the filter that a role with few system calls would have.
  static constexpr CallGrant kCalls[] = {{Calls::kLoop, "to read calls and answer them"}};
  const Status loaded = TryInChild([]() -> Status {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Error::FromErrno("no_new_privs");
    return LoadRoleFilter(Privileges{.folders = {}, .calls = kCalls, .limits = {}});
  });
  Finding finding{"seccomp filters", Verdict::kOk, "the filter of a role loads",
                  "a role can make only its few system calls", "use a kernel with CONFIG_SECCOMP_FILTER"};
  if (!loaded.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = loaded.error().text;
  }
  return finding;
}

Finding CheckNotification() {
  const std::uint32_t action = SECCOMP_RET_USER_NOTIF;
  Finding finding{"seccomp notification", Verdict::kOk, "available",
                  "a forbidden system call of a program fails with EPERM and does not kill the program",
                  "use Linux 5.0 or newer"};
  if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) {
    finding.verdict = Verdict::kLimited;
    finding.found = Error::FromErrno("refused").text;
  }
  return finding;
}

Finding CheckNoNewPrivileges() {
  const Status tried = TryInChild([] { return Step(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS"); });
  Finding finding{"no_new_privs", Verdict::kOk, "works", "no setuid program can give privileges back",
                  "use a kernel without a security module that refuses it"};
  if (!tried.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = tried.error().text;
  }
  return finding;
}

Finding CheckLandlock() {
  const int abi = LandlockAbi();
  Finding finding{"Landlock", Verdict::kOk, fmt::format("ABI {}", abi), "a second barrier around the folders of a role",
                  "add landlock to lsm= on the kernel's command line; Linux 6.1 has ABI 2"};
  const Status applied = TryInChild([]() -> Status {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Error::FromErrno("no_new_privs");
    return RestrictWithLandlock({});
  });
  if (abi == 0) {
    NoLandlock none = WhyNoLandlock();
    finding.verdict = Verdict::kMissing;
    finding.found = std::move(none.why);
    finding.remedy = std::move(none.remedy);
  } else if (!applied.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = applied.error().text;
  } else if (abi < 2) {
    finding.verdict = Verdict::kLimited;
  }
  return finding;
}

Finding CheckPidfd() {
  const Status tried = TryInChild([]() -> Status {
    const Fd fd(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
    return Step(fd.get(), "pidfd_open");
  });
  Finding finding{"pidfd", Verdict::kOk, "works",
                  "the master notices when a role ends, and never ends the wrong process",
                  "use Linux 5.3 or newer, and a seccomp profile that allows pidfd_open"};
  if (!tried.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = tried.error().text;
  }
  return finding;
}

Finding CheckExec(const std::string& executable) {
  const Status tried = TryInChild([&executable]() -> Status {
    const Fd file(open(executable.c_str(), O_RDONLY | O_CLOEXEC)), null(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!file || !null) return Error::FromErrno(file ? "/dev/null" : executable);
    for (const int standard : {0, 1, 2}) dup2(null.get(), standard);
    char name[] = "zoobar", argument[] = "version";
    char* const arguments[] = {name, argument, nullptr};
    char* const environment[] = {nullptr};
    return Step(syscall(SYS_execveat, file.get(), "", arguments, environment, AT_EMPTY_PATH), "execveat");
  });
  Finding finding{"execveat", Verdict::kOk, "works", "roles are started by descriptor, because the master has no paths",
                  "use a seccomp profile that allows execveat"};
  if (!tried.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = tried.error().text;
  }
  return finding;
}

Finding CheckPtrace(const std::string& setting) {
  const std::string scope = Setting(setting);
  Finding finding{"ptrace scope", Verdict::kOk, "Yama, ptrace_scope " + scope,
                  "keeps a process from reading another of its own uid",
                  "use a kernel with Yama, and set sysctl kernel.yama.ptrace_scope=1"};
  if (scope.empty() || scope == "0") {
    finding.verdict = Verdict::kLimited;
    finding.found = (scope.empty() ? "no Yama here" : "Yama is switched off") +
                    std::string("; each role has its own uid and is not dumpable");
  }
  return finding;
}

}  // namespace zoobar
