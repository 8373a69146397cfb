#include "store/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include "ipc/fd.h"

namespace zoobar {

Status SyncFolder(const std::string& path) {
  const Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) return Error::FromErrno("flushing the folder " + path);
  return {};
}

Status SyncFolderOf(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t slash = end == path.npos ? 0 : path.rfind('/', end);
  return SyncFolder(slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace zoobar
