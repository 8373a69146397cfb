// The interpreter is a process in which CPython is loaded and warmed up. It has one thread and never sees a program.
// For each order it clones a new process, a run. The run builds its walls (walls.h), reads its program and executes it.
// Runs are children of the supervisor (roles/sandbox.h), not of the interpreter.
#pragma once

#include "confine/jail.h"
#include "confine/seccomp.h"
#include "ipc/fd.h"

namespace zoobar {

inline constexpr const char* kPythonLibrary = "libpython" ZOOBAR_PYTHON ".so.1.0";  // only the interpreter loads it

// Starts the interpreter as a child process and returns the supervisor's end of the socket to it (wire.h). The sandbox
// role calls this before it is confined, while it still has the capabilities with which it was started. Runs get ids
// from `pool`. `executable` is a descriptor of zoobar's executable. `scratch` is a descriptor of the scratch
// (scratch.h) with kChroot, and -1 with kNamespaces. The function takes ownership of both descriptors. With
// kNamespaces, the role has already entered its new root. With kChroot, the role is still in the machine's root, where
// the interpreter finds its libraries.
Fd StartInterpreter(JailKind kind, IdRange pool, int executable, int scratch);

// The main function of the interpreter: `zoobar --role=sandbox --interpreter`. Returns when the supervisor is gone.
int InterpreterMain(JailKind kind);

extern const char* const kWorld;    // src/sandbox/world.py: what programs find around them
extern const char* const kPrelude;  // src/sandbox/prelude.py and packages.py: the Python code that executes programs
extern const char* const kCanary;   // src/sandbox/canary.py: a program that checks the walls of its run

}  // namespace zoobar
