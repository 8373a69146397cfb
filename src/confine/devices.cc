#include "confine/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "confine/mount_values.h"
#include "confine/namespaces.h"
#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr struct {
  const char* name;
  unsigned minor;
} kDevices[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
constexpr unsigned kMemoryDevices = 1;  // the major number of all of them (mem(4), null(4), full(4), random(4))

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
  TRY(Fd root, MakeTmpfs({{"size", "4k"}, {"nr_inodes", "8"}, {"mode", "755"}}, kAttrNoSuid | kAttrNoExec));
  TRY_STATUS(MakeDevices(root));
  TRY_STATUS(MakeReadOnly(root));
  return root;
}

}  // namespace zoobar
