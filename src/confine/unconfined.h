// Builds whose roles are not confined. A confined process has no /proc and few system calls, so neither a sanitizer nor
// valgrind works in it. The CMake option ZOOBAR_UNCONFINED makes such a build, and CMake refuses the option for a
// release. No flag and no configuration does the same: the code is not in the executable of any other build, and
// test/contract looks for it there.
//
// In such a build each role still has its own process, uid and gid, no capability, and no_new_privs. It has no
// namespaces, no root of its own, no Landlock domain, no limits and no system-call filter. Members' programs are not
// run; they are shown as source. The site listens only on loopback addresses.
#pragma once

#include <string_view>

#include "ipc/result.h"

namespace zoobar {

// Returns an empty text if this build confines its roles. Otherwise returns one line for the operator: its first words,
// up to a colon, name the build, and the others say what is missing.
std::string_view Unconfined();

// Returns whether a site of this build may serve the clients of this listening socket. Every other build serves all.
Status MayServe(int listener);

// Returns what a new role's environment has besides the master's own settings. Ends with a null pointer. It is empty,
// but in an unconfined build it is the master's environment, because sanitizers read their options there.
char** RoleEnvironment();

// In an unconfined build with AddressSanitizer: looks for memory to which nothing points any more. If there is some,
// reports it and ends the process. Every other build does nothing.
void EndIfMemoryLeaked();

}  // namespace zoobar
