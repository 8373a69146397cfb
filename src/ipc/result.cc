#include "ipc/result.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zoobar {

Error Error::FromErrno(std::string what) { return Error{std::move(what) + ": " + std::strerror(errno)}; }

void Die(const std::string& why) {
  const std::string line = "zoobar: fatal: " + why + "\n";
  // Nothing can be done about a stderr that does not take the line.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  // Not abort(): the init of a pid namespace is deaf to its own SIGABRT.
  _exit(70);  // EX_SOFTWARE, sysexits.h
}

}  // namespace zoobar
