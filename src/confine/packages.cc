#include "confine/packages.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "confine/step.h"
#include "ipc/fd.h"
#include "ipc/try.h"

namespace zoobar {
bool HasPackages(const std::string& root) { return access((root + kPackageModules).c_str(), F_OK) == 0; }

Result<std::vector<std::string>> PackageDataFolders(const std::string& root) {
  std::vector<std::string> names;
  if (!HasPackages(root)) return names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(root + kPackageData, failed), end; !failed && at != end;
       at.increment(failed)) {
    names.push_back(at->path().filename());
  }
  if (failed) return Error::Of("{}: {}", kPackageData, failed.message());
  return names;
}

Status AttachPackageData(const std::string& root) {
  TRY(const std::vector<std::string> names, PackageDataFolders(root));
  for (const std::string& name : names) {
    const std::string from = root + kPackageData + "/" + name, to = root + "/usr/share/" + name;
    TRY_STATUS(MakeDirectories(to));
    const Fd tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, from.c_str(), kOpenTreeClone | kOpenTreeCloexec)));
    if (!tree) return Error::FromErrno("open_tree " + from);
    TRY_STATUS(Step(syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, to.c_str(), kEmptyPath), "attach " + to));
  }
  return {};
}

Status MovePackages(const std::vector<std::string>& data) {
  std::vector<std::string> places = {kPackageTree};
  for (const std::string& name : data) places.push_back("/usr/share/" + name);
  for (const std::string& place : places) {
    TRY_STATUS(MakeDirectories(place.substr(1)));
    TRY_STATUS(Step(syscall(SYS_move_mount, AT_FDCWD, place.c_str(), AT_FDCWD, place.c_str() + 1, 0), "move " + place));
  }
  return {};
}

}  // namespace zoobar
