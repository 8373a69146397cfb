// The walls of one run, built by the run's own process before it reads a byte of a program. docs/design.md, "Executable
// profiles"; docs/sandbox.md says which attack each of them stops.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "ipc/result.h"
#include "sandbox/wire.h"

namespace zoobar {

// Where runs find the standard library; nothing else of the machine is in their root.
inline constexpr const char* kStandardLibrary = "/usr/lib/python3.11";

// This process's address space now, in bytes: what a run's own memory is counted from. (There is no /proc to ask.)
std::uint64_t AddressSpace();

// What the interpreter knows of all its runs.
struct RunGround {
  bool scratch;                     // no mounts: sandbox/scratch.h
  std::uint64_t base;               // AddressSpace() of the interpreter
  std::vector<sock_filter> filter;  // of a run
};

// Called in a process just cloned (with new mount and pid namespaces, where there are any), whose descriptors are those
// of wire.h, and kScratchFd where that is the way: a tmpfs of bounded bytes and inodes becomes its root, it takes the
// order's id for good, gives up every capability, sets its limits and its filter, and waits at the gate until the
// supervisor has its listener. An Error: a wall does not stand, and the process must end.
Status EnterWalls(const Order& order, const RunGround& ground);

}  // namespace zoobar
