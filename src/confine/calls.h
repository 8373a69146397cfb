// The system calls of each named group (privileges.h). Only calls.cc holds the names and numbers of system calls.
#pragma once

#include <seccomp.h>

#include <span>
#include <string>
#include <vector>

#include "confine/privileges.h"

namespace zoobar {

// One allowed system call. If `compares` is not empty, its arguments must meet all of these conditions.
struct AllowedCall {
  int number;
  std::vector<scmp_arg_cmp> compares;
};

std::vector<AllowedCall> CallsOf(Calls group);
// All system calls of all groups that a role is granted.
std::vector<AllowedCall> CallsOf(const Privileges& privileges);
// What the master needs, and what every role needs on its way into its jail. The lists of the roles come on top.
std::vector<AllowedCall> MasterCalls();

// The name of a system call, for error texts and `zoobar privileges`.
std::string CallName(int number);

}  // namespace zoobar
