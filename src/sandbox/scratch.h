// How runs are built without mounts, where user namespaces are refused. The operator supplies one tmpfs, the scratch,
// and the master copies the standard library into it. Each run changes its root to the scratch. There is one run at a
// time, and the scratch is emptied between runs. docs/design.md, "Root's short life", 5.
//
// A run's processes and files are touched only by a child of the interpreter that has first taken the run's own id.
#pragma once

#include <cstdint>
#include <string>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "sandbox/wire.h"

namespace zoobar {

// Checks that `path` is a tmpfs of its own with bounded size, and root's. Changes nothing, so doctor calls it too. The
// Error says what is wrong and how to supply such a tmpfs.
Status CheckScratch(const std::string& path);

// Called as root at start: checks the scratch, empties it, and copies the standard library's Python modules into it.
// Returns a descriptor of it. An Error also if there is no room for files_bytes beside the library.
Result<Fd> PrepareScratch(const std::string& path, std::uint64_t files_bytes);

// The interpreter calls the following, with its capabilities.

// Called in a run's process: makes the scratch its root.
Status EnterScratch(int scratch);

// Kills every process with this id.
Status EndAllOf(std::uint32_t id);

// Writes the files of the run with this id into `memory`, as Leftovers, and then removes them. memory: if invalid, the
// files are only removed.
Status CollectScratch(int scratch, std::uint32_t id, const RunLimits& limits, const Fd& memory);

// Kills the processes and removes the files that runs of an earlier interpreter left.
Status SweepScratch(int scratch);

}  // namespace zoobar
