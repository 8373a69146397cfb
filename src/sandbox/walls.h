// The walls of one run. The run's own process builds them before it reads a byte of a program. See docs/design.md,
// "Executable profiles". docs/sandbox.md says which attack each wall stops.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/result.h"
#include "sandbox/wire.h"

namespace zoobar {

// The path at which runs find Python's standard library. Besides it, a run's root holds time zones and a few devices,
// and no other files of the machine.
inline constexpr const char* kStandardLibrary = "/usr/lib/python" ZOOBAR_PYTHON;
// What is mounted in a run's root, as paths without the first slash. The folders have the same paths in the sandbox's
// root. All of them are read-only.
inline constexpr std::string_view kMountedFolders[] = {"usr/lib/python" ZOOBAR_PYTHON, "usr/share/zoneinfo", "dev"};
// Folders that every run has besides, empty unless the run before left files in them. What is below kDataFolder is kept
// like all other files. What is below kTemporaryFolder is not kept.
inline constexpr std::string_view kDataFolder = "data", kTemporaryFolder = "tmp";

// Returns the size of this process's address space in bytes. A run starts with the interpreter's address space, so this
// size is added to the memory limit of the run. The size is measured, because there is no /proc from which it could be
// read.
std::uint64_t AddressSpace();

// Settings that are the same for all runs of an interpreter.
struct WallSettings {
  bool scratch;                           // whether runs are built without mounts, on the scratch (sandbox/scratch.h)
  std::uint64_t base;                     // the result of AddressSpace() in the interpreter
  bool packages;                          // whether the modules of Debian packages are there (confine/packages.h)
  std::vector<std::string> package_data;  // the result of PackageDataFolders in the interpreter
  std::vector<sock_filter> filter;        // the system-call filter that every run installs
};

// Builds the walls around this process, a run that the interpreter has just cloned. The process must already have new
// mount and pid namespaces or, if runs are built on the scratch, the descriptor kScratchFd. Its other descriptors must
// be those of wire.h. The process gets a tmpfs with limited bytes and inodes as its root, changes to the order's id for
// good, gives up all capabilities, and sets its limits and its filter. Then it waits at the gate until the supervisor
// has the filter's listener. An Error means that a wall could not be built, and that the process must end.
Status EnterWalls(const Order& order, const WallSettings& settings);

}  // namespace zoobar
