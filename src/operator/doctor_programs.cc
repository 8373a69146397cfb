#include "operator/doctor_programs.h"

#include <dlfcn.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "config/config.h"
#include "confine/namespaces.h"
#include "confine/seccomp.h"
#include "confine/step.h"
#include "ipc/fd.h"
#include "ipc/try.h"
#include "master/debian.h"
#include "operator/doctor_kernel.h"
#include "sandbox/interpreter.h"
#include "sandbox/scratch.h"
#include "sandbox/walls.h"

namespace zoobar {
namespace {

// Tries the system calls that the walls of a run need. Must be called in a new user namespace that contains the ids of
// the sandbox and of its pool. sandbox: the id of the role. of_a_run: an id of the pool.
Status TryWalls(std::uint32_t sandbox, std::uint32_t of_a_run) {
  TRY_STATUS(TakeIds(sandbox, sandbox, {}));
  TRY_STATUS(Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts"));
  TRY_STATUS(Step(mount("run", "/", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,nr_inodes=16"), "the tmpfs of a run"));
  return TakeIds(of_a_run, of_a_run, {});
}

// Tries to create a user namespace inside a user namespace with the site's ids. The master creates a nested namespace
// like this for the sandbox.
Status TryNestedNamespace(const Config& config) {
  const std::uint32_t base = config.id_base(), sandbox = RowOf(config, ROLE_SANDBOX).uid();
  const Fd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  TRY_STATUS(EnterNamespaces({base, kIdRange}));
  // This process must have one of the site's ids and be dumpable. Otherwise the files of its children in /proc would
  // belong to no id of the namespace, and this process could not write the id maps of its child.
  TRY_STATUS(TakeIds(base + 1, base + 1, {}));
  TRY_STATUS(Step(prctl(PR_SET_DUMPABLE, 1), "PR_SET_DUMPABLE"));
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return Error::FromErrno("socketpair");
  Fd ours(ends[0]), theirs(ends[1]);
  constexpr int kOwn = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET;
  const long child = syscall(SYS_clone, SIGCHLD | kOwn, nullptr, nullptr, nullptr, nullptr);
  if (child < 0) return Error::FromErrno("clone (user namespace in a user namespace)");
  char text[256] = {};
  if (child == 0) {
    ours.Close();
    if (read(theirs.get(), text, 1) != 1) _exit(1);
    const Status status = TryWalls(sandbox, base + kRoleIds);
    const std::string said = status.ok() ? "" : status.error().text;
    [[maybe_unused]] const ssize_t told = send(theirs.get(), said.data(), said.size(), MSG_NOSIGNAL);
    _exit(0);
  }
  theirs.Close();
  const std::vector<IdMap> maps = {{sandbox, 1}, {base + kRoleIds, kIdRange - kRoleIds}};
  TRY_STATUS(WriteMaps(proc.get(), static_cast<pid_t>(child), maps));
  [[maybe_unused]] const ssize_t let = write(ours.get(), "m", 1);
  const ssize_t heard = read(ours.get(), text, sizeof text);
  if (heard > 0) return Error{std::string(text, static_cast<std::size_t>(heard))};
  return {};
}

// The interpreter hides the machine's name from runs.
Status TryHostName() {
  return TryInChild([]() -> Status {
    TRY_STATUS(Step(unshare(CLONE_NEWUSER | CLONE_NEWUTS), "unshare"));
    return Step(sethostname("sandbox", 7), "sethostname");
  });
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

// Returns those of the modules that an installed Debian package has.
std::vector<std::string> Installed(const std::vector<std::string>& names, const std::string& root) {
  std::vector<std::string> had;
  const Result<DebianPackages> packages = DebianPackages::Read(root);
  if (!packages.ok()) return had;
  std::ranges::copy_if(names, std::back_inserter(had),
                       [&packages](const std::string& name) { return !packages->Owners(name).empty(); });
  return had;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

}  // namespace

Finding CheckPrograms(const Config& config, bool namespaces, const std::string& library, const std::string& standard) {
  Finding finding{"programs", Verdict::kOk, "", "each program in a profile runs in walls of its own", ""};
  const auto limited = [&finding](std::string found, std::string remedy) {
    finding.verdict = Verdict::kLimited;
    finding.found = std::move(found);
    finding.remedy = std::move(remedy);
    return finding;
  };
  if (const Status tried = TryLibrary(library); !tried.ok())
    return limited("cannot run: " + tried.error().text, "apt-get install libpython" ZOOBAR_PYTHON);
  if (access((standard + "/os.py").c_str(), R_OK) != 0)
    return limited(fmt::format("cannot run: {}: no standard library", standard),
                   "apt-get install libpython" ZOOBAR_PYTHON "-stdlib");
  if (const Status tried = TryFilter(); !tried.ok())
    return limited("cannot run: the filter of a run: " + tried.error().text,
                   "use Linux 5.0 or newer with CONFIG_SECCOMP_FILTER");
  if (namespaces) {
    const Status tried = TryInChild([&config] { return TryNestedNamespace(config); });
    if (!tried.ok())
      return limited("cannot run: " + tried.error().text,
                     "allow user namespaces inside user namespaces, and mounts in them");
    finding.found =
        fmt::format("can run, {} at once, each with its own user id and root", config.profile().parallel_runs());
    if (const Status hidden = TryHostName(); !hidden.ok())
      return limited(finding.found + "; they can read the name of this machine: " + hidden.error().text,
                     "use a seccomp profile that allows sethostname");
    return finding;
  }
  if (config.profile().scratch().empty())
    return limited("cannot run and are shown as source: no namespaces and no profile.scratch",
                   "allow user namespaces; or give programs a tmpfs of their own, in Docker by "
                   "--tmpfs /scratch:size=32m,nr_inodes=4096 and --set='profile { scratch: \"/scratch\" }'");
  if (const Status tried = CheckScratch(config.profile().scratch()); !tried.ok()) {
    finding.verdict = Verdict::kMissing;
    finding.found = tried.error().text;
    finding.remedy = "mount such a tmpfs, or remove profile.scratch";
    return finding;
  }
  return limited(fmt::format("can run, but only one at a time, on {}", config.profile().scratch()),
                 "allow user namespaces; then several run at once");
}

Finding CheckPackages(const Config& config, bool namespaces, const std::string& root) {
  const Config::Profile& profile = config.profile();
  const std::vector<std::string> listed(profile.packages().begin(), profile.packages().end());
  Finding finding{"packages", Verdict::kOk, "", "modules of Debian packages that programs may import", ""};
  if (listed.empty()) {
    const std::vector<std::string> known = {"numpy",  "PIL",      "matplotlib", "scipy",
                                            "pandas", "networkx", "sympy",      "bs4"};
    const std::string had = Joined(Installed(known, root));
    finding.found = had.empty() ? "none listed" : "none listed; this machine has " + had;
    return finding;
  }
  if (!namespaces) {
    finding.verdict = Verdict::kLimited;
    finding.found = "cannot be imported: they need mounts, and namespaces are refused";
    finding.remedy = "allow user namespaces, or remove profile.packages";
    return finding;
  }
  const std::vector<std::string> had = Installed(listed, root);
  finding.found = "can be imported: " + (had.empty() ? std::string("none") : Joined(had));
  if (profile.warm_packages()) finding.found += ", loaded beforehand";
  std::vector<std::string> missing;
  std::ranges::copy_if(listed, std::back_inserter(missing),
                       [&had](const std::string& name) { return std::ranges::find(had, name) == had.end(); });
  if (!missing.empty()) {
    finding.verdict = Verdict::kLimited;
    finding.found += "; no installed Debian package has " + Joined(missing);
    finding.remedy = "install the Debian package, often python3-NAME, or remove the name from profile.packages";
  }
  return finding;
}

Finding CheckPrograms(const Config& config, bool namespaces) {
  return CheckPrograms(config, namespaces, kPythonLibrary, kStandardLibrary);
}

}  // namespace zoobar
