#include "confine/namespaces.h"

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr int kNamespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;

// <linux/mount.h> clashes with <sys/mount.h> of glibc 2.36: its few values are spelled here.
constexpr unsigned kEmptyPath = 0x4, kEmptyTarget = 0x40;  // MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH
constexpr unsigned kOpenTreeClone = 1, kOpenTreeCloexec = O_CLOEXEC;
constexpr std::uint64_t kAttrReadOnly = 0x1, kAttrNoSuid = 0x2, kAttrNoDev = 0x4, kAttrNoExec = 0x8;
struct MountAttr {
  std::uint64_t set, clear, propagation, userns_fd;
};

Status Step(long result, const std::string& what) {
  if (result == 0) return {};
  return Error::FromErrno(what);
}

Status WriteFile(int directory, const std::string& path, const std::string& text) {
  Fd file(openat(directory, path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno(path);
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return Error::FromErrno(path);
  return {};
}

// A message from one process to another at the end of a step: empty for success, else the error's text.
void Tell(const Fd& pipe, const Status& status) {
  const std::string text = status ? "" : status.error().text;
  [[maybe_unused]] ssize_t written = write(pipe.get(), text.data(), text.size());
}

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

// What the probe's child does once it has its map.
Status TryInside(IdMap map) {
  if (Status status = TakeIds(map.base + 1, map.base + 1, {}); !status) return status;
  if (Status status = Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts"); !status)
    return status;
  if (Status status = Step(mount("probe", "/", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k"), "tmpfs"); !status)
    return status;
  return Step(unshare(CLONE_NEWPID), "pid namespace");
}

}  // namespace

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
  std::string lines;
  for (const IdMap& map : maps) lines += fmt::format("{0} {0} {1}\n", map.base, map.count);
  if (Status status = WriteFile(proc, fmt::format("{}/uid_map", child), lines); !status) return status;
  return WriteFile(proc, fmt::format("{}/gid_map", child), lines);
}

Status EnterNamespaces(IdMap map) {
  TRY(Pipe ready, MakePipe());
  TRY(Pipe done, MakePipe());
  const pid_t self = getpid();
  const pid_t helper = fork();
  if (helper < 0) return Error::FromErrno("fork");
  if (helper == 0) {
    // Stays outside, where it may write the maps.
    ready.write.Close();
    char byte;
    const bool entered = read(ready.read.get(), &byte, 1) == 1;
    const Fd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
    Tell(done.write, entered ? WriteMaps(proc.get(), self, {map}) : Error{"namespaces refused"});
    _exit(0);
  }
  done.write.Close();
  Status status = Step(unshare(kNamespaces), "unshare (user, mount, UTS, IPC, network)");
  if (status && write(ready.write.get(), "x", 1) != 1) status = Error::FromErrno("pipe");
  ready.write.Close();
  const Status mapped = Hear(done.read);
  waitpid(helper, nullptr, 0);
  return status ? mapped : status;
}

Status ProbeNamespaces(IdMap map) {
  // Folders are taken as mounts before root is given up. Root of a container may lack the power.
  if (const Result<Fd> folder = TakeFolder("/usr/lib", FolderUse::kExecute); !folder) return folder.error();
  TRY(Pipe done, MakePipe());
  const pid_t child = fork();
  if (child < 0) return Error::FromErrno("fork");
  if (child == 0) {
    Status status = EnterNamespaces(map);
    if (status) status = TryInside(map);
    Tell(done.write, status);
    _exit(status ? 0 : 1);
  }
  done.write.Close();
  Status status = Hear(done.read);
  int how = 0;
  waitpid(child, &how, 0);
  if (status && how != 0) status = Error{"the probe ended unexpectedly"};
  return status;
}

Result<Fd> TakeFolder(const std::string& path, FolderUse use) {
  Fd tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path.c_str(), kOpenTreeClone | kOpenTreeCloexec)));
  if (!tree) return Error::FromErrno("open_tree " + path);
  MountAttr attr{kAttrNoSuid | kAttrNoDev, 0, 0, 0};
  if (use != FolderUse::kExecute) attr.set |= kAttrNoExec;
  if (use != FolderUse::kReadWrite) attr.set |= kAttrReadOnly;
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) {
    return Error::FromErrno("mount_setattr " + path);
  }
  return tree;
}

Status BuildMasterRoot(std::vector<Placed> folders) {
  Status status = Step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
  if (!status) return status;
  // 0711: a starting role finds the loader by path, and lists nothing.
  TRY(Fd root, MakeTmpfs({{"size", "256k"}, {"nr_inodes", "256"}, {"mode", "711"}}, kAttrNoSuid | kAttrNoDev));
  status = Step(syscall(SYS_move_mount, root.get(), "", AT_FDCWD, "", kEmptyPath | kEmptyTarget), "attach the root");
  if (status) status = Step(fchdir(root.get()), "enter the root");
  umask(0);  // the modes below are meant
  for (const char* directory : {"usr", "folders", "jail"}) {
    if (status) status = Step(mkdir(directory, std::strcmp(directory, "folders") == 0 ? 0700 : 0755), directory);
  }
  for (const Placed& folder : folders) {
    const std::string place = folder.path.substr(1);
    if (status) status = Step(mkdir(place.c_str(), 0755), place);
    if (status)
      status = Step(syscall(SYS_move_mount, folder.mount.get(), "", AT_FDCWD, place.c_str(), kEmptyPath),
                    "move_mount " + place);
  }
  for (const char* name : {"lib", "lib64"}) {
    if (status) status = Step(symlink(fmt::format("usr/{}", name).c_str(), name), name);
  }
  umask(077);
  if (status) status = Step(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  if (status) status = Step(umount2(".", MNT_DETACH), "leave the old root");
  if (status) status = Step(chdir("/"), "/");
  return status;
}

Result<Fd> CloneFolder(const std::string& path) {
  Fd tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path.c_str(), kOpenTreeClone | kOpenTreeCloexec)));
  if (!tree) return Error::FromErrno("open_tree " + path);
  return tree;
}

Status TakeIds(std::uint32_t uid, std::uint32_t gid, const std::vector<gid_t>& groups) {
  if (setgroups(groups.size(), groups.data()) != 0) return Error::FromErrno("setgroups");
  if (setresgid(gid, gid, gid) != 0) return Error::FromErrno(fmt::format("setresgid {}", gid));
  if (setresuid(uid, uid, uid) != 0) return Error::FromErrno(fmt::format("setresuid {}", uid));
  return {};
}

}  // namespace zoobar
