// The walls of one run. The run's own process builds them before it reads a byte of a program. docs/design.md,
// "Executable profiles"; docs/sandbox.md says which attack each wall stops.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "ipc/result.h"
#include "sandbox/wire.h"

namespace zoobar {

// Where runs find the standard library. Nothing else of the machine is in their root.
inline constexpr const char* kStandardLibrary = "/usr/lib/python3.11";

// The size of this process's address space in bytes. A run's own memory is counted on top of it. (It is measured,
// because there is no /proc to read it from.)
std::uint64_t AddressSpace();

// What is the same for all runs of an interpreter.
struct WallSettings {
  bool scratch;                     // runs are built without mounts: sandbox/scratch.h
  std::uint64_t base;               // AddressSpace() of the interpreter
  std::vector<sock_filter> filter;  // the filter of a run
};

// Builds the walls around this process, which was just cloned: with new mount and pid namespaces, or with kScratchFd
// where runs are built on the scratch. Its descriptors must be those of wire.h. The process gets a tmpfs of bounded
// bytes and inodes as its root, takes the order's id for good, gives up all capabilities, sets its limits and filter,
// and waits at the gate until the supervisor has its listener. An Error: a wall does not stand; the process must end.
Status EnterWalls(const Order& order, const WallSettings& settings);

}  // namespace zoobar
