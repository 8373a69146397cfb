#include "master/program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace zoobar {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

// Why somebody but root may change what is at this descriptor; empty: nobody may.
std::string WhyNotRoots(const Fd& file, const std::string& path) {
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return Error::FromErrno(path).text;
  if (status.st_uid != 0) return path + " does not belong to root";
  if ((status.st_mode & kOthersWrite) != 0) return "others than root may write to " + path;
  return {};
}

}  // namespace

InstalledProgram FindInstalledProgram() {
  InstalledProgram installed;
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    installed.refused = "/proc/self/exe: " + error.message();
    return installed;
  }
  installed.name = path.filename();
  installed.directory = Fd(open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!installed.directory) {
    installed.refused = Error::FromErrno(path.parent_path()).text;
    return installed;
  }
  installed.refused = WhyNotRoots(installed.directory, path.parent_path());
  if (!installed.refused.empty()) return installed;
  const Fd file(openat(installed.directory.get(), installed.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  // It may have been replaced or removed since this process was started ("zoobar (deleted)").
  if (file) installed.refused = WhyNotRoots(file, path);
  return installed;
}

Result<Fd> OpenInstalledProgram(const InstalledProgram& installed, const Fd& present) {
  if (!installed.refused.empty()) return Error{installed.refused};
  Fd file(openat(installed.directory.get(), installed.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return Error::FromErrno(installed.name);
  struct stat now{}, before{};
  if (fstat(file.get(), &now) != 0 || fstat(present.get(), &before) != 0) return Error::FromErrno(installed.name);
  if (!S_ISREG(now.st_mode) || (now.st_mode & S_IXOTH) == 0) return Error{installed.name + " is not a program"};
  if ((now.st_mode & kOthersWrite) != 0) return Error{"others than root may write to " + installed.name};
  if (now.st_dev == before.st_dev && now.st_ino == before.st_ino)
    return Error{"the installed program is the one that is in use"};
  return file;
}

}  // namespace zoobar
