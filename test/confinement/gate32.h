// Whether programs on this machine can make system calls by `int 0x80`, the gate for 32-bit programs. A kernel built
// without 32-bit emulation, or started with ia32_emulation=off, has no such gate: there the instruction is a fault of
// the processor (SIGSEGV), no system call is made, and no filter is asked. Tests that use the gate ask here which of
// the two they must expect.
#pragma once

#include <optional>

namespace zoobar {

enum class Gate32 {
  kCall,   // makes a system call of i386, which filters see
  kFault,  // raises SIGSEGV
};

// What the end of a process that executed `int 0x80` tells. `status` is as waitpid(2) gives it. Nothing if the process
// ended in a way that tells neither.
std::optional<Gate32> GateToldBy(int status);

// Finds out by a child process, at the first call. The test fails if the end of that process tells neither.
Gate32 GateOfThisMachine();

}  // namespace zoobar
