#include "sandbox/scratch.h"

#include <dirent.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "confine/devices.h"
#include "confine/jail.h"
#include "confine/namespaces.h"
#include "ipc/descriptors.h"
#include "ipc/try.h"
#include "sandbox/files.h"
#include "sandbox/walls.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;  // a larger tmpfs was probably mounted without a size

// Returns whether a file or directory of the standard library is copied to the scratch. Tests and modules that programs
// do not need are not copied. Compiled modules are not copied, because the interpreter has already loaded them.
bool IsWanted(const fs::directory_entry& entry) {
  static const std::set<std::string> unwanted = {"test",       "tests",       "idlelib",   "idle_test",
                                                 "turtledemo", "ensurepip",   "lib2to3",   "__pycache__",
                                                 "tkinter",    "lib-dynload", "pydoc_data"};
  std::error_code ignored;
  const fs::path& path = entry.path();
  if (unwanted.contains(path.filename()) || path.filename().string().starts_with("config-")) return false;
  return !entry.is_symlink(ignored) && (entry.is_directory(ignored) || path.extension() == ".py");
}

// Returns whether a file or directory of the time zones is copied. The two folders hold every zone again, in forms that
// Python does not look for. A zone that is a link to another one in this folder is copied as a file.
bool IsWantedZone(const fs::directory_entry& entry) {
  std::error_code failed;
  if (entry.path().filename() == "posix" || entry.path().filename() == "right") return false;
  return entry.is_directory(failed) || (entry.is_regular_file(failed) && !failed);
}

Status CopyFolder(const fs::path& from, const fs::path& to, bool (*is_wanted)(const fs::directory_entry&)) {
  std::error_code failed;
  fs::create_directory(to, failed);
  for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
    if (!is_wanted(*at)) continue;
    const fs::path place = to / at->path().filename();
    if (at->is_directory(failed)) {
      TRY_STATUS(CopyFolder(at->path(), place, is_wanted));
    } else {
      fs::copy_file(at->path(), place, failed);
      if (!failed) fs::permissions(place, fs::perms{0444}, failed);
    }
    if (failed) break;
  }
  if (failed) return Error::Of("profile.scratch: {}: {}", to.string(), failed.message());
  return {};
}

Status TakeIdAndAct(std::uint32_t id, const std::function<Status()>& enter, const std::function<Status()>& act) {
  TRY_STATUS(enter());
  TRY_STATUS(TakeIds(id, id, {}));
  TRY_STATUS(KeepCapabilities(0));
  return act();
}

// Starts a child process that calls `enter`, changes to the run's id, drops all capabilities and calls `act`. So `act`
// has power over the run's processes and files and over no others.
Status AsOwner(std::uint32_t id, const std::function<Status()>& enter, const std::function<Status()>& act) {
  const pid_t child = fork();
  if (child < 0) return Error::FromErrno("fork");
  if (child == 0) {
    if (const Status status = TakeIdAndAct(id, enter, act); !status.ok()) Die("scratch: {}", status.error().text);
    _exit(0);
  }
  int how = 0;
  while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
  }
  if (how != 0) return Error::Of("a child process with the id {} failed", id);
  return {};
}

// Copies what every run sees: the standard library's Python modules, and time zones if the machine has them. Makes the
// devices, if the scratch was mounted with the option `dev`.
Status FillScratch(const std::string& path) {
  constexpr const char* kZones = "/usr/share/zoneinfo";
  std::error_code failed;
  fs::create_directories(path + "/usr/lib", failed);
  TRY_STATUS(CopyFolder(kStandardLibrary, path + kStandardLibrary, IsWanted));
  if (fs::exists(kZones, failed)) {
    fs::create_directories(path + "/usr/share", failed);
    TRY_STATUS(CopyFolder(kZones, path + kZones, IsWantedZone));
  }
  fs::create_directory(path + "/dev", failed);
  const Fd devices(open((path + "/dev").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!devices) return Error::FromErrno("profile.scratch " + path + "/dev");
  return MakeDevices(devices);
}

Status SignalAllButMe(int signal) {
  if (kill(-1, signal) != 0 && errno != ESRCH) return Error::FromErrno("kill");
  return {};
}

// Returns the name of the first entry in the working directory that this id owns, or an empty string if there is none.
std::string FirstOwn(std::uint32_t id) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("."), closedir);
  if (!directory) return "";
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    struct stat status;
    if (name == "." || name == ".." || lstat(name.c_str(), &status) != 0 || status.st_uid != id) continue;
    return name;
  }
  return "";
}

// Removes everything that this id owns below the working directory. The function works in a loop, which enters each
// directory and leaves it when it is empty. So it does not recurse, even in a deep tree. No other process may change
// the tree meanwhile.
Status RemoveOwn(std::uint32_t id) {
  std::vector<std::string> way;
  for (;;) {
    const std::string name = FirstOwn(id);
    if (name.empty()) {
      if (way.empty()) return {};
      if (chdir("..") != 0 || rmdir(way.back().c_str()) != 0) return Error::FromErrno("remove a directory");
      way.pop_back();
    } else if (unlink(name.c_str()) != 0) {
      if (errno != EISDIR || chmod(name.c_str(), 0700) != 0 || chdir(name.c_str()) != 0)
        return Error::FromErrno("remove a file");
      way.push_back(name);
    }
  }
}

Status WriteLeftovers(const RunLimits& limits, const Fd& memory) {
  const Fd root(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string bytes = TakeBack(root, limits.files_bytes, limits.files_inodes).SerializeAsString();
  if (!WriteAll(memory.get(), bytes)) return Error::FromErrno("leftovers");
  return {};
}

}  // namespace

Status CheckScratch(const std::string& path) {
  struct statfs file_system;
  struct stat here, above;
  if (statfs(path.c_str(), &file_system) != 0 || stat(path.c_str(), &here) != 0 ||
      stat((path + "/..").c_str(), &above) != 0) {
    return Error::FromErrno("profile.scratch " + path);
  }
  const std::uint64_t bytes = file_system.f_blocks * static_cast<std::uint64_t>(file_system.f_bsize);
  if (file_system.f_type != TMPFS_MAGIC || here.st_dev == above.st_dev || bytes == 0 || bytes > kMostBytes ||
      file_system.f_files == 0) {
    return Error::Of(
        "profile.scratch {}: not a tmpfs of its own with a size of at most 1 GiB and with nr_inodes. With Docker use: "
        "--tmpfs {}:size=32m,nr_inodes=4096",
        path, path);
  }
  if (here.st_uid != 0)
    return Error::Of("profile.scratch {}: belongs to uid {}, must belong to root", path, here.st_uid);
  return {};
}

Result<Fd> PrepareScratch(const std::string& path, std::uint64_t files_bytes) {
  TRY_STATUS(CheckScratch(path));
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(path, failed)) fs::remove_all(entry.path(), failed);
  if (failed) return Error::Of("profile.scratch {}: {}", path, failed.message());
  const mode_t before = umask(022);
  Status filled = FillScratch(path);
  umask(before);
  TRY_STATUS(std::move(filled));
  // Every id may create files in the scratch. Because of the sticky bit, no id may remove files of another id. The
  // library belongs to root, so no run can change it.
  if (chmod(path.c_str(), 01777) != 0) return Error::FromErrno("profile.scratch " + path);
  struct statfs file_system;
  if (statfs(path.c_str(), &file_system) != 0) return Error::FromErrno("profile.scratch " + path);
  if (file_system.f_bfree * static_cast<std::uint64_t>(file_system.f_bsize) < files_bytes) {
    return Error::Of("profile.scratch {}: too small for the standard library and files_bytes ({})", path, files_bytes);
  }
  Fd scratch(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!scratch) return Error::FromErrno("profile.scratch " + path);
  return scratch;
}

Status EnterScratch(int scratch) {
  if (fchdir(scratch) != 0 || chroot(".") != 0 || chdir("/") != 0) return Error::FromErrno("enter the scratch");
  return {};
}

Status SignalAllOf(std::uint32_t id, int signal) {
  return AsOwner(id, [] { return Status(); }, [signal] { return SignalAllButMe(signal); });
}

Status CollectScratch(int scratch, std::uint32_t id, const RunLimits& limits, const Fd& memory) {
  return AsOwner(
      id, [scratch] { return EnterScratch(scratch); },
      [id, &limits, &memory]() -> Status {
        if (memory) TRY_STATUS(WriteLeftovers(limits, memory));
        return RemoveOwn(id);
      });
}

Status SweepScratch(int scratch) {
  std::set<std::uint32_t> owners;
  const int again = openat(scratch, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(again < 0 ? nullptr : fdopendir(again), closedir);
  if (!directory) return Error::FromErrno("read the scratch");
  while (const dirent* entry = readdir(directory.get())) {
    struct stat status;
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (fstatat(scratch, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_uid != 0)
      owners.insert(status.st_uid);
  }
  for (const std::uint32_t id : owners) {
    TRY_STATUS(SignalAllOf(id, SIGKILL));
    TRY_STATUS(CollectScratch(scratch, id, {}, Fd()));
  }
  return {};
}

}  // namespace zoobar
