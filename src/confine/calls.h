// Lists the system calls of each group that privileges.h names (enum Calls). The lists are in calls.cc, and for programs
// in program_calls.cc, and nowhere else.
#pragma once

#include <seccomp.h>

#include <span>
#include <string>
#include <vector>

#include "confine/privileges.h"

namespace zoobar {

// A system call that a filter allows. `compares` holds conditions on the call's arguments, and all of them must be
// true. If `compares` is empty, the call is allowed with any arguments.
struct AllowedCall {
  int number;
  std::vector<scmp_arg_cmp> compares;
};

std::vector<AllowedCall> CallsOf(Calls group);
// Returns the system calls of all groups that a role's privileges grant.
std::vector<AllowedCall> CallsOf(const Privileges& privileges);
// Returns the system calls that a member's program may make (Calls::kProgram).
std::vector<AllowedCall> ProgramCalls();

// A system call that a run's filter answers by itself.
struct AnsweredCall {
  AllowedCall call;  // the arguments for which it is answered
  int error;         // an errno value; 0: the call succeeds and does nothing
};
// Returns the calls that libraries make by themselves while a program does something innocent, with the answer after
// which each library goes on. They are no denials, because nobody is told about them.
std::vector<AnsweredCall> AnsweredCalls();

// Returns the system calls that libraries try first, and do without if the kernel does not have them. The filter of each
// role answers them with ENOSYS, as such a kernel does.
std::vector<int> TriedCalls();

// Returns the system calls that the master needs, and those that every new role needs until it is in its jail. The
// master's filter allows these calls and, in addition, the calls of all roles.
std::vector<AllowedCall> MasterCalls();

// Returns the name of a system call, for error texts and for the command `zoobar privileges`. If the name is unknown,
// returns the number as text.
std::string CallName(int number);

}  // namespace zoobar
