// The way without mounts, where user namespaces are refused: all runs share one tmpfs, the scratch, that the operator
// supplies and the master has put the standard library into. Each run changes its root to it and has it to itself, one
// run at a time; it is emptied between. docs/design.md, "Root's short life", 5.
//
// Whatever touches a run's processes or files here is a child of the interpreter that has first taken the run's own id.
#pragma once

#include <cstdint>
#include <string>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "sandbox/wire.h"

namespace zoobar {

// Whether `path` is a tmpfs of bounded size that runs may have to themselves. Exposed for doctor: nothing is changed.
Status CheckScratch(const std::string& path);

// As root, at start: checks that `path` is a tmpfs of bounded size, empties it, copies the standard library (its
// modules in Python) into it. Gives a descriptor of it. The Error says what is missing and how to get it.
Result<Fd> PrepareScratch(const std::string& path, std::uint64_t files_bytes);

// The rest is called by the interpreter, with its capabilities.

// In a run's process: the scratch becomes its root.
Status EnterScratch(int scratch);

// Kills every process of this id.
Status EndAllOf(std::uint32_t id);

// Takes what the run of this id left, as Leftovers, into `memory` (invalid: nobody wants it), then removes it.
Status CollectScratch(int scratch, std::uint32_t id, const RunLimits& limits, const Fd& memory);

// Kills and removes what runs of an earlier interpreter left behind.
Status SweepScratch(int scratch);

}  // namespace zoobar
