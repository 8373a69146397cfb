#include "confine/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "confine/mount_values.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr struct {
  const char* name;
  unsigned minor;
} kDevices[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
constexpr unsigned kMemoryDevices = 1;  // the major number of all of them (mem(4), null(4), full(4), random(4))

Result<Fd> Empty() {
  return MakeTmpfs({{"size", "4k"}, {"nr_inodes", "8"}, {"mode", "755"}}, kAttrNoSuid | kAttrNoExec);
}

bool MakeDevice(const Fd& directory, const char* name, unsigned minor) {
  if (mknodat(directory.get(), name, S_IFCHR | 0666, makedev(kMemoryDevices, minor)) != 0) return false;
  const Fd opened(openat(directory.get(), name, O_RDWR | O_CLOEXEC));
  return opened.valid();
}

}  // namespace

Status MakeDevices(const Fd& directory) {
  const mode_t before = umask(0);  // so that every id may read and write the devices
  Status made;
  for (const auto& device : kDevices) {
    if (MakeDevice(directory, device.name, device.minor)) continue;
    if (unlinkat(directory.get(), device.name, 0) != 0 && errno != ENOENT) made = Error::FromErrno(device.name);
  }
  umask(before);
  return made;
}

Result<Fd> DevicesMount() {
  TRY(Fd root, Empty());
  TRY_STATUS(MakeDevices(root));
  TRY_STATUS(MakeReadOnly(root));
  return root;
}

Result<std::vector<Placed>> PlaceDevices(const std::string& path) {
  std::vector<Placed> placed;
  TRY(Fd made, DevicesMount());
  if (faccessat(made.get(), kDevices[0].name, F_OK, 0) == 0) {
    placed.push_back({path, std::move(made)});
    return placed;
  }
  TRY(Fd root, Empty());
  std::vector<Placed> devices;
  for (const auto& device : kDevices) {
    Result<Fd> mount = TakeFolder(std::string("/dev/") + device.name, FolderUse::kDevice);
    if (!mount.ok()) continue;  // this container has no such device
    const Fd place(openat(root.get(), device.name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!place) return Error::FromErrno(device.name);
    devices.push_back({path + "/" + device.name, std::move(*mount)});
  }
  TRY_STATUS(MakeReadOnly(root));
  placed.push_back({path, std::move(root)});
  for (Placed& device : devices) placed.push_back(std::move(device));
  return placed;
}

}  // namespace zoobar
