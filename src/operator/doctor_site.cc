#include "operator/doctor_site.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "ipc/try.h"
#include "master/ground.h"
#include "master/listeners.h"
#include "operator/control_socket.h"
#include "operator/doctor_kernel.h"
#include "site/places.h"

namespace zoobar {
namespace {

// Returns the type of the file system that holds `path`. All types on which a store would not be safe are returned by
// name. Types that are not listed here are returned as a number.
std::string FileSystemOf(const std::string& path) {
  struct statfs info{};
  if (statfs(path.c_str(), &info) != 0) return "unknown";
  switch (info.f_type) {
    case TMPFS_MAGIC:
      return "tmpfs";
    case NFS_SUPER_MAGIC:
      return "nfs";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlayfs";
    case 0x65735546:
      return "fuse";
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case XFS_SUPER_MAGIC:
      return "xfs";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    default:
      return fmt::format("type {:#x}", static_cast<unsigned long>(info.f_type));
  }
}

// Adds a text to `found` for each account in `file` (passwd or group) whose id is in the site's range. The range begins
// at `base`.
template <typename Entry>
void Collect(const std::string& file, Entry* (*next)(FILE*), std::uint32_t (*id)(const Entry&),
             const char* (*name)(const Entry&), std::uint32_t base, std::string& found) {
  const std::unique_ptr<FILE, int (*)(FILE*)> stream(std::fopen(file.c_str(), "re"), std::fclose);
  if (!stream) return;
  while (const Entry* entry = next(stream.get())) {
    if (id(*entry) < base || id(*entry) >= base + kIdRange) continue;
    found += fmt::format("{}{} is {} in {}", found.empty() ? "" : ", ", id(*entry), name(*entry), file);
  }
}

// Adds a text to `found` for each range in `file` (subuid(5) or subgid(5)) that overlaps the site's range of ids.
void CollectSubordinate(const std::string& file, std::uint32_t base, std::string& found) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    unsigned long start = 0, count = 0;
    const std::size_t colon = line.find(':');
    if (colon == line.npos || std::sscanf(line.c_str() + colon, ":%lu:%lu", &start, &count) != 2) continue;
    if (start >= base + kIdRange || start + count <= base) continue;
    found += fmt::format("{}{} to {} are delegated to {} in {}", found.empty() ? "" : ", ", start, start + count - 1,
                         line.substr(0, colon), file);
  }
}

// As the file `listening` in the state directory has it: "[::1]:8080".
std::string AddressOf(const Config::Listen& listen_at) {
  const bool v6 = listen_at.address().find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", listen_at.address(), v6 ? "]" : "", listen_at.port());
}

std::string NearestExisting(std::filesystem::path path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored) && path.has_parent_path() && path != path.parent_path())
    path = path.parent_path();
  return path.string();
}

}  // namespace

Finding CheckState(const Config& config, bool& running) {
  const std::string& state = config.state_dir();
  running = false;
  Finding finding{"state directory", Verdict::kOk, state, "holds accounts, balances, profiles and logs",
                  "as root, choose another one with --state-dir"};
  const std::string existing = NearestExisting(state);
  const std::string kind = FileSystemOf(existing);
  finding.found += existing == state ? " on " + kind : fmt::format(" will be created in {} ({})", existing, kind);
  struct stat now{};
  if (access(existing.c_str(), W_OK | X_OK) != 0 || stat(existing.c_str(), &now) != 0) {
    finding.verdict = Verdict::kMissing;
    finding.found = Error::FromErrno(existing).text;
    return finding;
  }
  if (!S_ISDIR(now.st_mode) || (existing == state && now.st_uid != 0)) {
    finding.verdict = Verdict::kMissing;
    finding.found = S_ISDIR(now.st_mode) ? fmt::format("{} belongs to uid {}, not root", state, now.st_uid)
                                         : existing + " is not a directory";
    return finding;
  }
  if (existing == state && access((state + "/lock").c_str(), F_OK) == 0) {
    const Result<Fd> lock = LockState(state);
    running = !lock.ok();
  }
  if (kind == "tmpfs" || kind == "nfs" || kind == "fuse") {
    finding.verdict = Verdict::kLimited;
    finding.found +=
        kind == "tmpfs" ? ": lost when the machine restarts" : ": its locks and memory maps are unreliable";
    finding.remedy = "use a local file system on a disk";
  }
  return finding;
}

Finding CheckRunning(const Config& config) {
  const std::string& state = config.state_dir();
  Finding finding{"running site", Verdict::kOk, "", "what follows is checked beside it, and disturbs nothing", ""};
  const pid_t holder = StateHolder(state);
  const std::vector<std::string> listening = ListeningAt(state);
  finding.found =
      fmt::format("process {} serves {}", holder > 0 ? std::to_string(holder) : "(of another pid namespace)",
                  listening.empty() ? "no address yet" : fmt::format("{}", fmt::join(listening, " ")));
  if (const Result<Fd> socket = ConnectToControl(state); !socket.ok()) {
    finding.verdict = Verdict::kLimited;
    finding.found += "; its control socket accepts no connection: " + socket.error().text;
    finding.remedy = "see the log of the site; it may be starting, stopping or without the role admin";
    return finding;
  }
  std::string elsewhere;
  for (const Config::Listen& listen_at : config.listen()) {
    const std::string where = AddressOf(listen_at);
    if (std::ranges::find(listening, where) != listening.end()) continue;
    elsewhere += elsewhere.empty() ? "" : " ";
    elsewhere += where;
  }
  if (!elsewhere.empty() && !listening.empty()) {
    finding.verdict = Verdict::kLimited;
    finding.found += "; it does not listen on " + elsewhere + ", which this configuration names";
    finding.remedy = "give doctor the --listen of the site, or restart the site";
  }
  return finding;
}

Finding CheckIds(std::uint32_t id_base, const std::string& etc) {
  Finding finding{"ids", Verdict::kOk, fmt::format("{} to {} are unused", id_base, id_base + kIdRange - 1),
                  "whoever has the id of a role can do what the role can", "use a free range: --set='id_base: 62000'"};
  std::string found;
  Collect<passwd>(
      etc + "/passwd", fgetpwent, [](const passwd& entry) { return entry.pw_uid; },
      [](const passwd& entry) -> const char* { return entry.pw_name; }, id_base, found);
  Collect<group>(
      etc + "/group", fgetgrent, [](const group& entry) { return entry.gr_gid; },
      [](const group& entry) -> const char* { return entry.gr_name; }, id_base, found);
  for (const char* file : {"/subuid", "/subgid"}) CollectSubordinate(etc + file, id_base, found);
  if (!found.empty()) {
    finding.verdict = Verdict::kLimited;
    finding.found = found;
  }
  return finding;
}

Finding CheckIdLock(std::uint32_t id_base, bool running) {
  Finding finding{"id range's lock", Verdict::kOk, "free", "two sites on one host never share an id",
                  "use another range: --set='id_base: 62000'"};
  // Takes the lock in a child. A process that closes any descriptor of a file loses all its locks on that file
  // (fcntl(2)), so trying here could release a lock that this process already has.
  const Status locked = TryInChild([id_base]() -> Status {
    TRY(const Fd lock, LockIds(id_base));
    return {};
  });
  if (locked.ok()) return finding;
  finding.found = locked.error().text;
  if (running) {
    finding.found = "held by the site that is already running";
  } else {
    finding.verdict = Verdict::kMissing;
  }
  return finding;
}

namespace {

// at: the listener that this role has for itself.
Finding CheckOwnListener(Role role, const Config::Listen& at, bool running) {
  Finding finding{fmt::format("{} {}", RoleName(role), AddressOf(at)), Verdict::kOk, "can be bound",
                  role == ROLE_METRICS ? "figures for Prometheus, without a password"
                                       : "the operator's page, with the operator secret",
                  "use another port, or 127.0.0.1"};
  const Result<Fd> socket = BindListener(at);
  const bool held = !socket.ok() && running;
  if (!socket.ok() && !running) {
    finding.verdict = Verdict::kMissing;
    finding.found = socket.error().text;
  } else if (!at.address().starts_with("127.") && at.address() != "::1") {
    finding.verdict = Verdict::kLimited;
    finding.found = role == ROLE_METRICS ? "other machines may reach this address"
                                         : "other machines may reach this address, and the secret is not encrypted";
  } else if (held) {
    finding.found = "held by the site that is already running";
  }
  return finding;
}

}  // namespace

std::vector<Finding> CheckListeners(const Config& config, bool running) {
  std::vector<Finding> findings;
  const std::vector<std::string> listening = ListeningAt(config.state_dir());
  for (const Config::Listen& listen_at : config.listen()) {
    const std::string where = AddressOf(listen_at);
    Finding finding{"listener " + where, Verdict::kOk, "can be bound", "the site accepts connections here",
                    "use another one: --listen=ADDRESS:PORT"};
    const Result<Fd> socket = BindListener(listen_at);
    if (!socket.ok() && running && std::ranges::find(listening, where) != listening.end()) {
      finding.found = "held by the site that is already running";
    } else if (!socket.ok()) {
      finding.verdict = Verdict::kMissing;
      finding.found = socket.error().text;
    }
    findings.push_back(std::move(finding));
  }
  for (const auto& [role, at] : OwnListeners(config)) findings.push_back(CheckOwnListener(role, at, running));
  return findings;
}

Finding CheckDescriptors(const Config& config) {
  // The master raises the limit as far as it may. doctor tries this in a child, so that its own limit does not change.
  constexpr rlim_t kWanted = 65536;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const bool raised = TryInChild([&]() -> Status {
                        const rlimit wanted{std::max(limit.rlim_max, kWanted), std::max(limit.rlim_max, kWanted)};
                        if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) return Error::FromErrno("RLIMIT_NOFILE");
                        return {};
                      }).ok();
  const rlim_t files = raised ? std::max(limit.rlim_max, kWanted) : limit.rlim_max;
  const std::size_t wanted = config.http().connections(), usable = std::min(files, kWanted);
  const std::size_t capacity = DescriptorPlan::For(ConnectionsWanted(config, usable), usable).connections;
  Finding finding{"open files", Verdict::kOk, fmt::format("{}: room for {} connections", files, capacity),
                  "each open connection takes one",
                  "set LimitNOFILE= of the unit, or the hard limit of `ulimit -n`, to 16384 or more"};
  if (capacity < wanted) {
    finding.verdict = Verdict::kLimited;
    finding.found += fmt::format(" of the {} configured; past that, the oldest idle ones are closed", wanted);
  }
  return finding;
}

Finding CheckWebRoot(const Config& config) {
  Finding finding{"web root", Verdict::kOk, config.web_root(), "holds style sheets, icons and files",
                  "set web_root in the configuration"};
  struct stat now{};
  if (stat(config.web_root().c_str(), &now) != 0) {
    finding.verdict = Verdict::kMissing;
    finding.found = Error::FromErrno(config.web_root()).text;
  } else if (!S_ISDIR(now.st_mode)) {
    finding.verdict = Verdict::kMissing;
    finding.found = config.web_root() + " is not a directory";
  }
  return finding;
}

Finding CheckPasswords(const Config& config) {
  const Config::Auth& auth = config.auth();
  Finding finding{
      "new passwords", Verdict::kOk,
      fmt::format("at least {} characters and score {}", auth.min_password_length(), auth.min_password_score()),
      "passwords that are easy to guess open accounts", "remove course_graders from the configuration"};
  if (auth.course_graders()) {
    finding.verdict = Verdict::kLimited;
    finding.found = "any that is not empty, because of auth { course_graders: true }";
  }
  return finding;
}

}  // namespace zoobar
