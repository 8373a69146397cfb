#include "confine/must_confine.h"

#include <unistd.h>

namespace zoobar {

void DieUnconfined(const std::string& why) {
  const std::string line = "zoobar: fatal: " + why + "\n";  // as Die writes it
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  _exit(kNotConfined);
}

}  // namespace zoobar
