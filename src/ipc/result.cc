#include "ipc/result.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zoobar {

Error Error::FromErrno(std::string what) { return Error{std::move(what) + ": " + std::strerror(errno)}; }

void Die(const std::string& why) {
  const std::string line = "zoobar: fatal: " + why + "\n";
  // If stderr cannot be written to, nothing can be done about it.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  // Does not call abort(), because the first process of a pid namespace does not receive its own SIGABRT.
  _exit(70);  // EX_SOFTWARE, sysexits.h
}

}  // namespace zoobar
