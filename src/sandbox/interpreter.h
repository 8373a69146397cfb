// The interpreter: a warm CPython with one thread that never sees a program. For each order it clones a process, a run.
// The run builds its walls (walls.h), reads its program and executes it. Runs are children of the supervisor, not of
// the interpreter.
#pragma once

#include "confine/jail.h"
#include "confine/seccomp.h"
#include "ipc/fd.h"

namespace zoobar {

inline constexpr const char* kPythonLibrary = "libpython3.11.so.1.0";  // only the interpreter loads it

// Starts the interpreter and returns the supervisor's end of its socket (wire.h). The sandbox role calls this before it
// is confined, while it has the capabilities it was started with. Runs get ids of the pool. Takes ownership of the
// descriptors: zoobar's executable and, with kChroot, the scratch (scratch.h; else -1). With kNamespaces the role is in
// its new root already. With kChroot it is still in the machine's root, where the interpreter finds its libraries.
Fd StartInterpreter(JailKind kind, IdRange pool, int executable, int scratch);

// The main function of the interpreter: `zoobar --role=sandbox --interpreter`. Returns when the supervisor is gone.
int InterpreterMain(JailKind kind);

extern const char* const kPrelude;  // src/sandbox/prelude.py: the Python code that executes programs
extern const char* const kCanary;   // src/sandbox/canary.py: a program that checks the walls of its run

}  // namespace zoobar
