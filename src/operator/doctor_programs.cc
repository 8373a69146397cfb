#include "operator/doctor_programs.h"

#include <dlfcn.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "confine/namespaces.h"
#include "confine/seccomp.h"
#include "confine/step.h"
#include "ipc/fd.h"
#include "ipc/try.h"
#include "master/config.h"
#include "operator/doctor_kernel.h"
#include "sandbox/interpreter.h"
#include "sandbox/scratch.h"
#include "sandbox/walls.h"

namespace zoobar {
namespace {

// In a user namespace of its own, with the ids of the sandbox and its pool: what a run's walls are made of.
Status TryWalls(std::uint32_t sandbox, std::uint32_t of_a_run) {
  if (Status status = TakeIds(sandbox, sandbox, {}); !status) return status;
  if (Status status = Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts"); !status)
    return status;
  if (Status status = Step(mount("run", "/", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,nr_inodes=16"), "a run's tmpfs");
      !status)
    return status;
  return TakeIds(of_a_run, of_a_run, {});
}

// As the master does it for the sandbox: a namespace inside the one that holds the site's ids.
Status TryBelow(const Config& config) {
  const std::uint32_t base = config.id_base(), sandbox = RowOf(config, ROLE_SANDBOX).uid();
  const Fd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (Status status = EnterNamespaces({base, kIdRange}); !status) return status;
  // As its own id, or the maps of its children in /proc would be nobody's to write.
  if (Status status = TakeIds(base + 1, base + 1, {}); !status) return status;
  if (Status status = Step(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE"); !status) return status;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Error::FromErrno("socketpair");
  Fd ours(ends[0]), theirs(ends[1]);
  const long child = syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET, nullptr,
                             nullptr, nullptr, nullptr);
  if (child < 0) return Error::FromErrno("clone (user namespace in a user namespace)");
  char text[256] = {};
  if (child == 0) {
    ours.Close();
    if (read(theirs.get(), text, 1) != 1) _exit(1);
    const Status status = TryWalls(sandbox, base + kRoleIds);
    const std::string said = status ? "" : status.error().text;
    [[maybe_unused]] const ssize_t told = send(theirs.get(), said.data(), said.size(), MSG_NOSIGNAL);
    _exit(0);
  }
  theirs.Close();
  const std::vector<IdMap> maps = {{sandbox, 1}, {base + kRoleIds, kIdRange - kRoleIds}};
  if (Status status = WriteMaps(proc.get(), static_cast<pid_t>(child), maps); !status) return status;
  [[maybe_unused]] const ssize_t let = write(ours.get(), "m", 1);
  const ssize_t heard = read(ours.get(), text, sizeof text);
  if (heard > 0) return Error{std::string(text, static_cast<std::size_t>(heard))};
  return {};
}

Status TryFilter() {
  return TryInChild([]() -> Status {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Error::FromErrno("no_new_privs");
    TRY(const std::vector<sock_filter> filter, MakeRunFilter());
    TRY(const Fd listener, InstallRunFilter(filter));
    return {};
  });
}

Status TryLibrary(const std::string& library) {
  return TryInChild([&library]() -> Status {
    if (dlopen(library.c_str(), RTLD_LAZY)) return {};
    return Error{dlerror()};
  });
}

}  // namespace

Finding CheckPrograms(const Config& config, bool namespaces, const std::string& library, const std::string& standard) {
  Finding finding{"programs", Verdict::kOk, "", "profiles that are programs run, each in walls of its own", ""};
  const auto limited = [&finding](std::string found, std::string remedy) {
    finding.verdict = Verdict::kLimited;
    finding.found = std::move(found);
    finding.remedy = std::move(remedy);
    return finding;
  };
  if (const Status tried = TryLibrary(library); !tried.ok())
    return limited("do not run: " + tried.error().text, "apt-get install libpython3.11");
  if (access((standard + "/os.py").c_str(), R_OK) != 0)
    return limited(fmt::format("do not run: {}: no standard library", standard),
                   "apt-get install libpython3.11-stdlib");
  if (const Status tried = TryFilter(); !tried.ok())
    return limited("do not run: a run's filter: " + tried.error().text,
                   "Linux 5.0 or newer with CONFIG_SECCOMP_FILTER");
  if (namespaces) {
    const Status tried = TryInChild([&config] { return TryBelow(config); });
    if (!tried.ok())
      return limited("do not run: " + tried.error().text,
                     "user namespaces inside user namespaces, with mounts in them");
    finding.found =
        fmt::format("run, {} at once, each with an id and a root of its own", config.profile().parallel_runs());
    return finding;
  }
  if (config.profile().scratch().empty())
    return limited("are shown as source: there are no namespaces and no profile.scratch",
                   "user namespaces; or a tmpfs of their own, with Docker --tmpfs /scratch:size=32m,nr_inodes=4096 and "
                   "--set='profile { scratch: \"/scratch\" }'");
  if (const Status tried = CheckScratch(config.profile().scratch()); !tried.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = tried.error().text;
    finding.remedy = "such a tmpfs, or no profile.scratch";
    return finding;
  }
  return limited(fmt::format("run one at a time on {}", config.profile().scratch()),
                 "user namespaces: then they run side by side");
}

Finding CheckPrograms(const Config& config, bool namespaces) {
  return CheckPrograms(config, namespaces, kPythonLibrary, kStandardLibrary);
}

}  // namespace zoobar
