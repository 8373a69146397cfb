#include "confine/namespaces.h"

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "confine/build.h"
#include "confine/mount_values.h"
#include "confine/step.h"
#include "confine/unconfined.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr int kNamespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;

struct MountAttr {
  std::uint64_t set, clear, propagation, userns_fd;
};

Status WriteFile(int directory, const std::string& path, const std::string& text) {
  Fd file(openat(directory, path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno(path);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return Error::FromErrno(path);
  return {};
}

// Sends a status to the process at the other end of the pipe. For success it sends no bytes, for an Error the error's
// text.
void Tell(const Fd& pipe, const Status& status) {
  const std::string text = status.ok() ? "" : status.error().text;
  [[maybe_unused]] ssize_t written = write(pipe.get(), text.data(), text.size());
}

// Receives the status that Tell sent.
Status Hear(const Fd& pipe) {
  std::string text(512, '\0');
  ssize_t count;
  do count = read(pipe.get(), text.data(), text.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) return Error::FromErrno("pipe");
  text.resize(static_cast<std::size_t>(count));
  if (!text.empty()) return Error{text};
  return {};
}

struct Pipe {
  Fd read, write;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Error::FromErrno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// The contents of uid_map and gid_map of a new user namespace.
struct Maps {
  std::string uids, gids;
};

// Returns the lines of a map in which each id has the same number inside and outside.
std::string LinesOf(const std::vector<IdMap>& maps) {
  std::string lines;
  for (const IdMap& map : maps) lines += fmt::format("{0} {0} {1}\n", map.base, map.count);
  return lines;
}

// Returns the lines of a map that has all ids of the caller's user namespace. `file`: /proc/self/uid_map or gid_map.
std::string AllIds(const char* file) {
  std::vector<IdMap> maps;
  std::ifstream lines(file);
  for (std::uint32_t inside, outside, count; lines >> inside >> outside >> count;) maps.push_back({inside, count});
  return LinesOf(maps);
}

Status WriteMaps(int proc, pid_t process, const Maps& maps) {
  TRY_STATUS(WriteFile(proc, fmt::format("{}/uid_map", process), maps.uids));
  return WriteFile(proc, fmt::format("{}/gid_map", process), maps.gids);
}

// Enters the new namespaces that the flags name, one of which is a user namespace with these maps.
Status Enter(int namespaces, const Maps& maps, std::string_view what) {
  TRY(Pipe ready, MakePipe());
  TRY(Pipe done, MakePipe());
  const pid_t self = getpid();
  const pid_t helper = fork();
  if (helper < 0) return Error::FromErrno("fork");
  if (helper == 0) {
    // This child stays outside the new user namespace, because only a process outside may write these maps.
    ready.write.Close();
    char byte;
    const bool entered = read(ready.read.get(), &byte, 1) == 1;
    const Fd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
    Tell(done.write, entered ? WriteMaps(proc.get(), self, maps) : Error{"namespaces refused"});
    _exit(0);
  }
  done.write.Close();
  Status status = Step(unshare(namespaces), what);
  if (status.ok() && write(ready.write.get(), "x", 1) != 1) status = Error::FromErrno("pipe");
  ready.write.Close();
  const Status mapped = Hear(done.read);
  waitpid(helper, nullptr, 0);
  return status.ok() ? mapped : status;
}

// The child process of ProbeNamespaces takes the steps of the master.
Status TryInside(IdMap map) {
  TRY_STATUS(AllowMounts());
  TRY([[maybe_unused]] const Fd folder, TakeFolder("/usr/lib", FolderUse::kExecute));
  TRY_STATUS(EnterNamespaces(map));
  TRY_STATUS(TakeIds(map.base + 1, map.base + 1, {}));
  TRY_STATUS(Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts"));
  TRY_STATUS(Step(mount("probe", "/", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k"), "tmpfs"));
  return Step(unshare(CLONE_NEWPID), "pid namespace");
}

// Returns a detached copy of the mount at `path`. Detached means that the copy is attached at no path yet.
// `more`: AT_RECURSIVE copies the mounts below it too.
Result<Fd> OpenTree(const std::string& path, unsigned more = 0) {
  Fd tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path.c_str(), kOpenTreeClone | kOpenTreeCloexec | more)));
  if (!tree) return Error::FromErrno("open_tree " + path);
  return tree;
}

// Attaches the folders below the working directory, and makes the other directories and links that new roles need.
Status FillMasterRoot(const std::vector<Placed>& folders) {
  for (const char* directory : {"usr", "folders", "jail"}) {
    TRY_STATUS(Step(mkdir(directory, std::strcmp(directory, "folders") == 0 ? 0700 : 0755), directory));
  }
  for (const Placed& folder : folders) {
    const std::string place = folder.path.substr(1);
    TRY_STATUS(MakeDirectories(place));
    TRY_STATUS(Step(syscall(SYS_move_mount, folder.mount.get(), "", AT_FDCWD, place.c_str(), kEmptyPath),
                    "move_mount " + place));
  }
  for (const char* name : {"lib", "lib64"}) TRY_STATUS(Step(symlink(fmt::format("usr/{}", name).c_str(), name), name));
  return {};
}

}  // namespace

Status MakeDirectories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) return Error::FromErrno(part);
    if (end == path.npos) return {};
  }
}

Result<Fd> MakeTmpfs(std::initializer_list<std::pair<const char*, std::string>> options, unsigned attributes) {
  constexpr unsigned kSetString = 1, kCreate = 6;  // FSCONFIG_*
  Fd context(static_cast<int>(syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */)));
  if (!context) return Error::FromErrno("fsopen tmpfs");
  for (const auto& [key, value] : options) {
    if (syscall(SYS_fsconfig, context.get(), kSetString, key, value.c_str(), 0) != 0)
      return Error::FromErrno(std::string("tmpfs ") + key);
  }
  if (syscall(SYS_fsconfig, context.get(), kCreate, nullptr, nullptr, 0) != 0) return Error::FromErrno("tmpfs");
  Fd root(static_cast<int>(syscall(SYS_fsmount, context.get(), 1 /* FSMOUNT_CLOEXEC */, attributes)));
  if (!root) return Error::FromErrno("fsmount tmpfs");
  return root;
}

Status WriteMaps(int proc, pid_t child, const std::vector<IdMap>& maps) {
  const std::string lines = LinesOf(maps);
  return WriteMaps(proc, child, Maps{lines, lines});
}

Status EnterNamespaces(IdMap map) {
  return Enter(kNamespaces, {LinesOf({map}), LinesOf({map})}, "unshare (user, mount, UTS, IPC, network)");
}

Status AllowMounts() {
  const Result<Fd> folder = TakeFolder("/usr/lib", FolderUse::kExecute);
  if (folder.ok()) return {};
  if (geteuid() != 0) return folder.error();
  return Enter(CLONE_NEWUSER | CLONE_NEWNS, {AllIds("/proc/self/uid_map"), AllIds("/proc/self/gid_map")},
               "unshare (user, mount)");
}

Status ProbeNamespaces(IdMap map) {
  if constexpr (kUnconfined) return Error{std::string(Unconfined())};
  TRY(Pipe done, MakePipe());
  const pid_t child = fork();
  if (child < 0) return Error::FromErrno("fork");
  if (child == 0) {
    const Status status = TryInside(map);
    Tell(done.write, status);
    _exit(status.ok() ? 0 : 1);
  }
  done.write.Close();
  Status status = Hear(done.read);
  int how = 0;
  waitpid(child, &how, 0);
  if (status.ok() && how != 0) status = Error{"the probe ended unexpectedly"};
  return status;
}

Result<Fd> TakeFolder(const std::string& path, FolderUse use) {
  TRY(Fd tree, OpenTree(path));
  MountAttr attr{kAttrNoSuid, 0, 0, 0};
  if (use != FolderUse::kDevice) attr.set |= kAttrNoDev;
  if (use != FolderUse::kExecute) attr.set |= kAttrNoExec;
  if (use != FolderUse::kReadWrite) attr.set |= kAttrReadOnly;
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) {
    return Error::FromErrno("mount_setattr " + path);
  }
  return tree;
}

Status MakeReadOnly(const Fd& mount) {
  MountAttr attr{kAttrReadOnly, 0, 0, 0};
  if (syscall(SYS_mount_setattr, mount.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) != 0)
    return Error::FromErrno("mount_setattr");
  return {};
}

Status BuildMasterRoot(std::vector<Placed> folders) {
  TRY_STATUS(Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts"));
  // With mode 0711, a new role can find the dynamic loader by its path but cannot list the directory.
  TRY(Fd root, MakeTmpfs({{"size", "256k"}, {"nr_inodes", "256"}, {"mode", "711"}}, kAttrNoSuid | kAttrNoDev));
  TRY_STATUS(Step(syscall(SYS_move_mount, root.get(), "", AT_FDCWD, "", kEmptyPath | kEmptyTarget), "attach the root"));
  TRY_STATUS(Step(fchdir(root.get()), "enter the root"));
  umask(0);  // so that mkdir makes directories with exactly the modes that are passed to it
  const Status filled = FillMasterRoot(folders);
  umask(077);
  TRY_STATUS(filled);
  TRY_STATUS(Step(syscall(SYS_pivot_root, ".", "."), "pivot_root"));
  TRY_STATUS(Step(umount2(".", MNT_DETACH), "leave the old root"));
  return Step(chdir("/"), "/");
}

Result<Fd> CloneFolder(const std::string& path) { return OpenTree(path, AT_RECURSIVE); }

Status TakeIds(std::uint32_t uid, std::uint32_t gid, const std::vector<gid_t>& groups) {
  TRY_STATUS(Step(setgroups(groups.size(), groups.data()), "setgroups"));
  TRY_STATUS(Step(setresgid(gid, gid, gid), fmt::format("setresgid {}", gid)));
  return Step(setresuid(uid, uid, uid), fmt::format("setresuid {}", uid));
}

}  // namespace zoobar
