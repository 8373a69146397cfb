// Sets what `ps` shows for this process: "zoobar: ROLE", and the role as the kernel's comm name.
#pragma once

#include <string_view>

namespace zoobar {

// Overwrites the arguments of the process in place. argc and argv are those of main.
void SetTitle(int argc, char** argv, std::string_view role);

}  // namespace zoobar
