// Sets the name that `ps` shows for this process. The command line becomes "zoobar: ROLE", and the kernel's comm name
// becomes the role.
#pragma once

#include <string_view>

namespace zoobar {

// Overwrites the arguments of the process in place. argc and argv are those of main.
void SetTitle(int argc, char** argv, std::string_view role);

}  // namespace zoobar
