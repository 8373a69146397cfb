#include "master/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "ipc/fd.h"

namespace zoobar {

Result<Bytes> ReadSecretFile(const std::string& path, int flags) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (!file) return Error::FromErrno(path);
  Bytes text;
  text.resize(kMaxSecretFile + 2);  // room for a newline, and for one more byte that shows that the file is too long
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < text.size(); size += static_cast<std::size_t>(count)) {
    count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0) return Error::FromErrno(path);
  }
  text.resize(size);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty()) return Error::Of("{}: the secret is empty", path);
  if (text.size() > kMaxSecretFile) return Error::Of("{}: the secret is longer than {} bytes", path, kMaxSecretFile);
  return text;
}

}  // namespace zoobar
