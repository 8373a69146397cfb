// The interpreter: a warm, single-threaded CPython that never sees a program. For each order it clones a process, which
// builds its walls (walls.h), reads its program and runs it; runs are the supervisor's children, not the interpreter's.
#pragma once

#include "confine/jail.h"
#include "confine/seccomp.h"
#include "ipc/fd.h"

namespace zoobar {

inline constexpr const char* kPythonLibrary = "libpython3.11.so.1.0";  // loaded in the interpreter alone

// Called by the sandbox role with the capabilities it was started with, before it is confined: starts the interpreter
// and gives its socket (wire.h). Runs get ids of the pool. Takes the descriptors of zoobar's own executable and, with
// kChroot, of the scratch (scratch.h); else scratch is -1. With kNamespaces the role stands in its new root already,
// with kChroot still in the machine's, where the interpreter finds its libraries.
Fd StartInterpreter(JailKind kind, IdRange pool, int executable, int scratch);

// The interpreter's main: `zoobar --role=sandbox --interpreter`. Ends when the supervisor is gone.
int RunInterpreter(JailKind kind);

// src/sandbox/prelude.py: what stands around every program. src/sandbox/canary.py: a program that looks at its walls.
extern const char* const kPrelude;
extern const char* const kCanary;

}  // namespace zoobar
