#include "master/ground.h"

#include <linux/capability.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "backup/restoring.h"
#include "confine/namespaces.h"
#include "confine/packages.h"
#include "confine/seccomp.h"
#include "confine/unconfined.h"
#include "credentials/hashing.h"
#include "ipc/try.h"
#include "master/listeners.h"
#include "master/notify.h"
#include "master/package_tree.h"
#include "master/secret_file.h"
#include "master/whole_file.h"
#include "roles/table.h"
#include "sandbox/scratch.h"
#include "site/operator_act.h"
#include "site/role.h"
#include "store/folder.h"

namespace zoobar {
namespace {

constexpr const char* kIdLocks = "/run/zoobar.ids";  // a site locks byte N of this file for each of its ids N

// Takes a POSIX record lock. The kernel releases it when the process ends, and can report which process holds it
// (fcntl(2), F_GETLK).
Result<Fd> Lock(const std::string& path, off_t start, off_t length, const std::string& what) {
  Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return Error::FromErrno(path);
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  if (fcntl(file.get(), F_SETLK, &lock) == 0) return file;
  if (errno != EACCES && errno != EAGAIN) return Error::FromErrno("lock " + path);
  if (fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) lock.l_pid = 0;
  return Error::Of("{} is held by another zoobar{}", what,
                   lock.l_pid > 0 ? fmt::format(", process {}", lock.l_pid) : "");
}

// regroup: the folder may have been of another group before, as with another control_gid.
Status MakeDirectory(const std::string& path, std::uint32_t uid, std::uint32_t gid, mode_t mode, bool regroup = false) {
  if (mkdir(path.c_str(), mode) == 0) {
    if (chown(path.c_str(), uid, gid) != 0 || chmod(path.c_str(), mode) != 0) return Error::FromErrno(path);
    return SyncFolderOf(path);  // else a loss of power could take the folder, with what was flushed in it
  }
  if (errno != EEXIST) return Error::FromErrno("mkdir " + path);
  struct stat now;
  if (lstat(path.c_str(), &now) != 0) return Error::FromErrno(path);
  if (!S_ISDIR(now.st_mode)) return Error::Of("{} is not a directory", path);
  const bool others_group = now.st_gid != gid;
  if (now.st_uid != uid || (others_group && !regroup)) {
    return Error::Of("{} belongs to {}:{}, not {}:{}; was it created with another id_base?", path, now.st_uid,
                     now.st_gid, uid, gid);
  }
  if (others_group && lchown(path.c_str(), uid, gid) != 0) return Error::FromErrno("chown " + path);
  if ((now.st_mode & 0777) != mode && chmod(path.c_str(), mode) != 0) return Error::FromErrno("chmod " + path);
  return {};
}

Status OpenCertificates(Ground& ground) {
  for (const Config::Tls& tls : ground.config.tls()) {
    TRY(TlsFiles files, OpenTlsFiles(tls));
    ground.certificates.push_back(std::move(files));
  }
  return {};
}

// Reads the hash of the operator secret. At the first start there is no hash yet. Then this function hashes the secret
// that the operator has put into the state directory, or creates a secret if there is none. Later starts read only
// the hash. A secret that the service manager passes on counts instead of all that, and is stored nowhere.
Status PrepareOperator(Ground& ground) {
  if (const std::string passed = CredentialPath("operator.secret"); !passed.empty()) {
    TRY(const Bytes secret, ReadSecretFile(passed, O_NOFOLLOW));
    TRY(ground.operator_hash, HashSecret(View(secret)));
    return {};
  }
  const std::string secret_path = ground.config.state_dir() + "/operator.secret";
  const std::string hash_path = ground.config.state_dir() + "/operator.hash";
  if (access(hash_path.c_str(), F_OK) == 0) {
    TRY(const Bytes hash, ReadSecretFile(hash_path, O_NOFOLLOW));
    ground.operator_hash = std::string(View(hash));
    return {};
  }
  if (access(secret_path.c_str(), F_OK) != 0) {
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    Bytes text;
    text.resize(sodium_base64_encoded_len(sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
    sodium_bin2base64(text.data(), text.size(), random, sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(random, sizeof random);
    text.back() = '\n';
    TRY_STATUS(WriteWhole(secret_path, View(text)));
  }
  TRY(const Bytes secret, ReadSecretFile(secret_path, O_NOFOLLOW));
  TRY(ground.operator_hash, HashSecret(View(secret)));
  return WriteWhole(hash_path, ground.operator_hash + "\n");
}

// Reads the operator key, or makes one at the first start. The service manager may pass it on instead. The master keeps
// only the public half.
Status PrepareOperatorKey(Ground& ground) {
  const std::string path = SecretPath(ground.config.state_dir(), "operator.key");
  if (access(path.c_str(), F_OK) != 0) {
    Bytes text = FreshOperatorKey();
    text.push_back('\n');
    TRY_STATUS(WriteWhole(path, View(text)));
  }
  TRY(const Bytes text, ReadSecretFile(path, O_NOFOLLOW));
  Result<std::string> key = OperatorPublicKey(View(text));
  if (!key.ok()) return Error::Of("{}: {}", path, key.error().text);
  ground.operator_key = std::move(*key);
  return {};
}

Status BindControl(Ground& ground) {
  const std::string directory = ground.config.state_dir() + "/control";
  const bool group = ground.config.has_control_gid();
  TRY_STATUS(MakeDirectory(directory, 0, ground.config.control_gid(), group ? 0750 : 0700, true));
  Fd place(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return Error::FromErrno(directory);
  // This process holds the state lock, so no other master runs here. If there is already a socket, it was left by a
  // master that was killed.
  if (unlinkat(place.get(), "control.sock", 0) != 0 && errno != ENOENT)
    return Error::FromErrno(directory + "/control.sock");
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Names the socket by the directory's descriptor, because the full path may be longer than a socket's name may be.
  const std::string path = fmt::format("/proc/self/fd/{}/control.sock", place.get());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const mode_t before = umask(0177);
  const int bound = socket ? bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) : -1;
  umask(before);
  if (bound != 0) return Error::FromErrno("control socket in " + directory);
  if (group) {
    if (fchownat(place.get(), "control.sock", 0, ground.config.control_gid(), 0) != 0 ||
        fchmodat(place.get(), "control.sock", 0660, 0) != 0) {
      return Error::FromErrno("control socket: control_gid");
    }
  }
  if (listen(socket.get(), 64) != 0) return Error::FromErrno("control socket");
  ground.control_listener = std::move(socket);
  return {};
}

// Creates each role's own folder in the state directory. Then opens the folder that the role will have in its jail:
// its own folder, the store inside that folder, or the web root.
Status PrepareFolders(Ground& ground) {
  if (ground.kind == JailKind::kNamespaces) TRY_STATUS(AllowMounts());
  for (const RoleSpec* spec : AllRoles()) {
    const Config::RoleConfig& row = RowOf(ground.config, spec->role);
    const std::string own = ground.config.state_dir() + "/" + row.name();
    const bool by_chroot = ground.kind == JailKind::kChroot;
    if (HasStore(*spec) || by_chroot) {
      TRY_STATUS(MakeDirectory(own, 0, row.gid(), 0750));
    }
    std::string folder = own;
    FolderUse use = FolderUse::kReadWrite;
    if (HasStore(*spec)) {
      TRY_STATUS(MakeDirectory(own + "/store", row.uid(), row.gid(), 0700));
      if (!by_chroot) folder = own + "/store";
    } else if (!spec->privileges.folders.empty() && !spec->privileges.owns_pool) {
      folder = ground.config.web_root();
      use = FolderUse::kReadOnly;
    } else if (!by_chroot) {
      continue;  // the owner of the pool gets the libraries, which are in the master's own root directory
    }
    if (by_chroot) {
      Fd directory(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!directory) return Error::FromErrno(folder);
      ground.folders[spec->role] = std::move(directory);
    } else {
      TRY(Fd mount, TakeFolder(folder, use));
      ground.folders[spec->role] = std::move(mount);
    }
  }
  return {};
}

// Creates the folder for the challenges of ACME, down to the folder of the files. A client of ACME writes there, usually
// as root; the operator may give the folders to another user. Where nothing can be mounted, the challenges are looked
// for below the web root instead, so no folder is made.
Status PrepareChallenges(Ground& ground) {
  if (ground.kind == JailKind::kChroot) return {};
  const std::string top = ground.config.state_dir() + "/acme";
  const bool fresh = mkdir(top.c_str(), 0755) == 0;
  if (!fresh && errno != EEXIST) return Error::FromErrno(top);
  // The owner of these folders may put anything into them, links too. So root walks by descriptors and follows no link.
  constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Fd at(open(top.c_str(), kFolder));
  if (!at || (fresh && fchmod(at.get(), 0755) != 0)) return Error::FromErrno(top);
  for (const char* name : {".well-known", "acme-challenge"}) {
    const bool made = mkdirat(at.get(), name, 0755) == 0;
    Fd next(openat(at.get(), name, kFolder));
    if (!next) break;  // something else is there; then no challenge is found
    if (made && fchmod(next.get(), 0755) != 0) return Error::FromErrno(top);  // whatever the umask is
    at = std::move(next);
  }
  TRY(ground.challenges, TakeFolder(top, FolderUse::kReadOnly));
  return {};
}

Status ChooseJail(Ground& ground) {
  const Status probed = ProbeNamespaces({ground.config.id_base(), kIdRange});
  if (probed.ok()) return {};
  ground.kind = JailKind::kChroot;
  ground.namespaces_refused = probed.error().text;
  for (const Config::RoleConfig& row : ground.config.role()) {
    if (row.extra_gids_size() > 0) {
      return Error::Of("role \"{}\": extra_gids needs user namespaces, which this machine refuses ({})", row.name(),
                       ground.namespaces_refused);
    }
  }
  for (auto [capability, name] : {std::pair(CAP_SETUID, "CAP_SETUID"),
                                  {CAP_SETGID, "CAP_SETGID"},
                                  {CAP_SYS_CHROOT, "CAP_SYS_CHROOT"},
                                  {CAP_SETPCAP, "CAP_SETPCAP"}}) {
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) {
      return Error::Of("roles cannot be confined here: no user namespaces ({}) and no {}; see `zoobar doctor`",
                       ground.namespaces_refused, name);
    }
  }
  return {};
}

// Makes the tree of modules that programs may import. A module that is not installed does not keep the site from
// starting, because removing a Debian package must not take the bank down. The log and `zoobar doctor` name it.
Status PreparePackages(Ground& ground) {
  const Config::Profile& profile = ground.config.profile();
  const std::vector<std::string> names(profile.packages().begin(), profile.packages().end());
  Result<PackageFiles> files = FindPackages(names);
  if (!files.ok()) files = PackageFiles{{}, {}, {}, names};  // a machine without dpkg
  ground.packages_refused = files->missing;
  std::vector<std::string> warm;
  for (const std::string& name : names) {
    if (profile.warm_packages() && std::ranges::find(files->missing, name) == files->missing.end())
      warm.push_back(name);
  }
  TRY(ground.packages, MakePackageTree(*files, warm, kPackageTree));
  return {};
}

// Prepares the tmpfs (scratch) in which runs are built if mounts are refused. Does nothing if it is not needed, or if
// the operator has not configured one.
Status PrepareRuns(Ground& ground) {
  const Config::Profile& profile = ground.config.profile();
  if (ground.kind == JailKind::kNamespaces) return PreparePackages(ground);
  ground.packages_refused = {profile.packages().begin(), profile.packages().end()};  // they need mounts
  if (profile.scratch().empty() || !Unconfined().empty()) return {};
  TRY(Fd scratch, PrepareScratch(profile.scratch(), profile.files_bytes()));
  ground.scratch = std::move(scratch);
  return {};
}

Status OpenConfig(Ground& ground) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path file = fs::absolute(ground.sources.file, failed);
  ground.sources.file = file;
  ground.config_name = file.filename();
  ground.config_directory = Fd(open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!ground.config_directory) return Error::FromErrno(file.parent_path());
  Result<std::string> text = ReadConfigFile(ground.config_directory.get(), ground.config_name);
  if (!text.ok()) return Error{file.parent_path().string() + "/" + text.error().text};
  ground.sources.text = std::move(*text);
  ground.sources.folder = ground.config_directory.get();
  TRY(Config config, CompleteConfig(ground.sources));
  ground.config = std::move(config);
  return {};
}

// Raises the limit on open descriptors to the hard limit. Also raises a hard limit below 65536 to 65536 if the machine
// allows this. Each role later lowers the limit to its own value.
void RaiseDescriptorLimit() {
  constexpr rlim_t kWanted = 65536;
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  rlimit raised{std::max(limit.rlim_max, kWanted), std::max(limit.rlim_max, kWanted)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  raised = {limit.rlim_max, limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &raised);
}

Status PrepareState(Ground& ground) {
  const std::string& state = ground.config.state_dir();
  // The group may only pass through: it can neither list the folder nor open what is not made for it.
  const auto make = [&ground, &state] {
    return MakeDirectory(state, 0, ground.config.control_gid(), ground.config.has_control_gid() ? 0710 : 0700, true);
  };
  if (access(state.c_str(), F_OK) != 0) {
    TRY_STATUS(make());
  }
  TRY(Fd state_lock, LockState(state));
  TRY_STATUS(make());  // changes nothing of another master's site
  if (access((state + "/" + std::string(backup::kRestoring)).c_str(), F_OK) == 0) {
    return Error::Of("{}: a restore was not finished here; run zoobar restore again", state);
  }
  ground.state_lock = std::move(state_lock);
  TRY(Fd id_lock, LockIds(ground.config.id_base()));
  ground.id_lock = std::move(id_lock);
  const Config::RoleConfig& master = RowOf(ground.config, ROLE_MASTER);
  TRY_STATUS(MakeDirectory(state + "/log", master.uid(), master.gid(), 0700));
  ground.log_directory = Fd(open((state + "/log").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!ground.log_directory) return Error::FromErrno(state + "/log");
  TRY(ground.audit, PrepareAudit(state, ground.log_directory.get()));
  return {};
}

// Who holds the lock of the state directory. Asking takes no lock, so it does not disturb a start.
std::optional<pid_t> HolderOf(const std::string& state_dir) {
  const Fd file(open((state_dir + "/lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  if (!file || fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return lock.l_pid;
}

}  // namespace

bool HasStore(const RoleSpec& spec) {
  return !spec.privileges.folders.empty() && spec.privileges.folders[0].folder == Folder::kStore;
}

Result<Fd> LockState(const std::string& state_dir) {
  return Lock(state_dir + "/lock", 0, 1, "the state directory " + state_dir);
}

pid_t StateHolder(const std::string& state_dir) { return std::max(HolderOf(state_dir).value_or(0), 0); }

bool SiteRuns(const std::string& state_dir) { return HolderOf(state_dir).has_value(); }

Result<Fd> LockIds(std::uint32_t id_base) {
  return Lock(kIdLocks, id_base, kIdRange, fmt::format("the id range {} to {}", id_base, id_base + kIdRange - 1));
}

std::string MasterPath(Role role) { return "/folders/" + std::string(RoleName(role)); }

Result<Ground> PrepareGround(ConfigSources sources) {
  Ground ground;
  ground.sources = std::move(sources);
  TRY_STATUS(OpenConfig(ground));
  if (geteuid() != 0) {
    return Error{"the master must be started as root, for example with sudo; it gives root up at once"};
  }
  umask(077);
  RaiseDescriptorLimit();
  ground.executable = Fd(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!ground.executable) return Error::FromErrno("/proc/self/exe");
  ground.installed = FindInstalledProgram();
  ground.proc = Fd(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!ground.proc) return Error::FromErrno("/proc");
  ground.null = Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!ground.null) return Error::FromErrno("/dev/null");
  TRY(Fd notify, ConnectNotifySocket());
  ground.notify = std::move(notify);
  TRY(ground.watchdog, TakeWatchdog());
  for (Status (*step)(Ground&) :
       {PrepareState, ChooseJail, BindListeners, BindOwnListeners, OpenCertificates, PrepareOperator,
        PrepareOperatorKey, BindControl, PrepareFolders, PrepareChallenges, PrepareRuns}) {
    TRY_STATUS(step(ground));
  }
  std::string addresses;
  for (const Ground::Listener& listener : ground.listeners)
    addresses += listener.address + (listener.tls ? ",tls\n" : "\n");
  TRY_STATUS(WriteWhole(ground.config.state_dir() + "/listening", addresses));
  for (const Role role : {ROLE_METRICS, ROLE_CONSOLE}) {
    const std::string file = fmt::format("{}/listening.{}", ground.config.state_dir(), RoleName(role));
    if (const auto own = ground.own.find(role); own != ground.own.end()) {
      TRY_STATUS(WriteWhole(file, own->second.address + "\n"));
    } else {
      unlink(file.c_str());  // of an earlier start
    }
  }
  return ground;
}

}  // namespace zoobar
