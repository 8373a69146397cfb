#include "operator/member_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/fd.h"
#include "ipc/try.h"
#include "operator/new_file.h"

namespace zoobar {

Result<std::string> ReadListFile(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno(path);
  std::string text(kMostListBytes + 1, '\0');
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < text.size(); size += static_cast<std::size_t>(count)) {
    count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0) return Error::FromErrno(path);
  }
  if (size > kMostListBytes) return Error::Of("{}: a list may have {} MiB", path, kMostListBytes >> 20);
  text.resize(size);
  return text;
}

Status WriteNewFile(const std::string& path, std::string_view text) {
  TRY(const Fd file, NewFile(path));
  return WriteTo(file, path, text);
}

}  // namespace zoobar
