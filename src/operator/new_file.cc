#include "operator/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace zoobar {

Result<Fd> NewFile(const std::string& path) {
  Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return Error::FromErrno(path);
  return file;
}

Status WriteTo(const Fd& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::FromErrno(path);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fsync(file.get()) != 0) return Error::FromErrno(path);
  return {};
}

}  // namespace zoobar
