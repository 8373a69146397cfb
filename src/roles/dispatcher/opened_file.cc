#include "roles/dispatcher/opened_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace zoobar {

Status CheckOpenedFile(int file, struct stat* about) {
  const int flags = fcntl(file, F_GETFL);
  if (fstat(file, about) != 0 || flags < 0) return Error::FromErrno("fstat");
  if (!S_ISREG(about->st_mode)) return Error{"not a regular file"};
  if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_PATH)) return Error{"not opened read-only"};
  return {};
}

std::optional<std::string> ReadOpenedFile(int file, std::size_t size) {
  std::string content(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t count = pread(file, content.data() + have, size - have, static_cast<off_t>(have));
    if (count <= 0) return std::nullopt;
    have += static_cast<std::size_t>(count);
  }
  return content;
}

}  // namespace zoobar
