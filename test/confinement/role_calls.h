// System calls that a test makes a live role issue (debugger.h), on the site that the tests share.
#pragma once

#include <vector>

#include "confinement/debugger.h"
#include "options.pb.h"

namespace zoobar {

// Expects that this call kills the role, and that the role is then started again.
void DiesOf(Role role, long number, const std::vector<Argument>& arguments,
            Debugger::Way way = Debugger::Way::kSyscall);

// Expects that this machine's processor raises a fault at the instruction, so that no system call is made. The fault
// would end the role, but the debugger takes it back.
void FaultsAt(Role role, long number, Debugger::Way way);

// What the call returns, or -errno. Expects that the role lives.
long AnswerOf(Debugger& debugger, long number, const std::vector<Argument>& arguments);

}  // namespace zoobar
