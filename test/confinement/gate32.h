// Whether this machine has the gate for 32-bit programs, `int 0x80`. A kernel built without 32-bit emulation, or
// started with ia32_emulation=off, has none: the instruction is then a fault of the processor (SIGSEGV), no system call
// is made, and no filter is asked. Tests that use the gate expect the one or the other, as the machine says.
#pragma once

#include <optional>

namespace zoobar {

enum class Gate32 {
  kCall,   // a system call of i386, which a filter judges
  kFault,  // SIGSEGV at the instruction
};

// What the end of a process that went through the gate tells; status as waitpid(2) gives it. Nothing when it ended in a
// way that tells neither.
std::optional<Gate32> GateToldBy(int status);

// Sends a process of its own through the gate, once. The test fails when the machine tells neither.
Gate32 GateOfThisMachine();

}  // namespace zoobar
