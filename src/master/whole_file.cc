#include "master/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "ipc/descriptors.h"
#include "store/folder.h"

namespace zoobar {

Status WriteWhole(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());
  const Fd file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return Error::FromErrno(path);
  if (WriteAll(file.get(), text) && fsync(file.get()) == 0 && rename(fresh.c_str(), path.c_str()) == 0)
    return SyncFolderOf(path);
  const Error error = Error::FromErrno(path);
  unlink(fresh.c_str());
  return error;
}

}  // namespace zoobar
