// How runs are built without mounts, on machines that refuse user namespaces. The operator supplies one tmpfs, called
// the scratch, and the master copies Python's standard library into it. Each run changes its root to the scratch. There
// is only one run at a time, and its files are removed before the next run. See docs/design.md, "Root's short life", 5.
//
// Only a child process of the interpreter kills a run's processes, or reads and removes the run's files. That child
// first changes to the run's id, so it has no power over anything else.
#pragma once

#include <cstdint>
#include <string>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "sandbox/wire.h"

namespace zoobar {

// Checks that a tmpfs of limited size is mounted at `path`, and that root owns it. Changes nothing, so that `zoobar
// doctor` can call it too. The Error says what is wrong and how to supply a suitable tmpfs.
Status CheckScratch(const std::string& path);

// The master calls this as root when it starts. Checks the scratch, empties it, and copies the standard library's
// Python modules and the time zones into it. Makes the devices (confine/devices.h), if the scratch allows them. Returns a descriptor of the scratch. Returns an Error also if there is no room for
// `files_bytes` bytes beside the library.
Result<Fd> PrepareScratch(const std::string& path, std::uint64_t files_bytes);

// The interpreter and its new runs call the functions below, while they have the interpreter's capabilities.

// Makes the scratch the root of the calling process. `scratch` is a descriptor of it.
Status EnterScratch(int scratch);

// Sends the signal to every process that has this user id.
Status SignalAllOf(std::uint32_t id, int signal);

// Writes the files of the run with this id into the memfd `memory`, as a Leftovers message, and then removes the files.
// If `memory` is invalid, only removes the files.
Status CollectScratch(int scratch, std::uint32_t id, const RunLimits& limits, const Fd& memory);

// Kills the processes and removes the files that runs of an earlier interpreter left.
Status SweepScratch(int scratch);

}  // namespace zoobar
