// The system calls behind each named group (privileges.h). Raw names and numbers live in calls.cc and nowhere else.
#pragma once

#include <seccomp.h>

#include <span>
#include <string>
#include <vector>

#include "confine/privileges.h"

namespace zoobar {

// One allowed call; where `compares` is not empty, only with arguments like these.
struct AllowedCall {
  int number;
  std::vector<scmp_arg_cmp> compares;
};

std::vector<AllowedCall> CallsOf(Calls group);
// What a role may call, with everything its groups allow.
std::vector<AllowedCall> CallsOf(const Privileges& privileges);
// What the master itself and every role on its way into its jail need, beyond the roles' own lists.
std::vector<AllowedCall> MasterCalls();

// Name of a call, for messages and `zoobar privileges`.
std::string CallName(int number);

}  // namespace zoobar
