#include "operator/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "ipc/descriptors.h"
#include "store/folder.h"

namespace zoobar {

Result<Fd> NewFile(const std::string& path) {
  Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return Error::FromErrno(path);
  return file;
}

Status WriteTo(const Fd& file, const std::string& path, std::string_view text) {
  if (!WriteAll(file.get(), text) || fsync(file.get()) != 0) return Error::FromErrno(path);
  return SyncFolderOf(path);
}

}  // namespace zoobar
