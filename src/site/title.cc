#include "site/title.h"

#include <sys/prctl.h>

#include <cstring>
#include <string>

namespace zoobar {

void SetTitle(int argc, char** argv, std::string_view role) {
  prctl(PR_SET_NAME, std::string(role.substr(0, 15)).c_str());
  if (argc < 1) return;
  // The arguments follow each other in memory. This area ends after the last argument.
  char* const begin = argv[0];
  char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
  const std::string title = "zoobar: " + std::string(role);
  const auto room = static_cast<std::size_t>(end - begin);
  const std::size_t shown = std::min(title.size(), room);
  std::memset(begin, 0, room);
  std::memcpy(begin, title.data(), shown);
}

}  // namespace zoobar
