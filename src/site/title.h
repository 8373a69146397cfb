// What `ps` shows: "zoobar: ROLE", and the role as the kernel's comm name.
#pragma once

#include <string_view>

namespace zoobar {

// Overwrites the process's own argument area in place, as the C library laid it out. argv as given to main.
void SetTitle(int argc, char** argv, std::string_view role);

}  // namespace zoobar
