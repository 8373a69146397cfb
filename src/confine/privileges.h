// The types in which a role lists its privileges. Each role has its list at the top of its source file, with the reason
// beside each privilege.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace zoobar {

// A directory that a role may have in its root. Without such a grant the root is empty. Files can be executed only in
// kLibraries, kLoader and kPackages.
enum class Folder {
  kStore,       // STATE/ROLE/store, the role's own LMDB environment, at the path /store, read and write
  kWebRoot,     // the configured web root, at the path /web, read-only
  kChallenges,  // STATE/acme, where a client of ACME writes challenges, at the path /acme, read-only. With
                // JailKind::kChroot it is the web root instead, because nothing can be mounted
  kLibraries,   // the machine's /usr/lib, at its usual path, read-only and executable
  kLoader,      // the machine's /usr/lib64, at its usual path, read-only and executable
  kZones,       // the machine's /usr/share/zoneinfo, at its usual path, read-only; empty if the machine has none
  kDevices,     // /dev with the devices of confine/devices.h and nothing else, read-only
  kPackages,    // the modules that programs may import (packages.h), read-only and executable; may be empty
};
struct FolderGrant {
  Folder folder;
  std::string_view why;
};

// Named groups of system calls. src/confine/calls.cc lists the calls of each group.
enum class Calls {
  kLoop,         // an event loop, memory, time and channels. Every role has this group
  kStore,        // for LMDB: files in the role's own folder, locks, mapping, fsync
  kThreads,      // to start threads, as libuv's thread pool does
  kOpenBelow,    // openat2 and fstat, to open files below a folder
  kWatchFiles,   // inotify, to learn when files change
  kAccept,       // accept connections on a listening socket that the master made
  kServeHttp,    // read, write and shut down connections; set TCP options
  kSocketPairs,  // make pairs of unix sockets, to give one end away
  kSendFile,     // sendfile and pread, to send the content of a file
  kAppendLogs,   // append to open files, but never truncate them or seek in them
  kAskForFile,   // newfstatat, to ask whether a file exists. The file cannot be opened
  kCpuLimit,     // setitimer, so that a role can stop its own work after some CPU time
  kSupervise,    // watch and end runs, answer their denied calls, read the files that they left
  kBuildWalls,   // what the interpreter needs to start, to fork a run and to build the run's walls
  kProgram,      // what a member's program may do: compute, keep files, use threads. All other calls give EPERM
};
struct CallGrant {
  Calls calls;
  std::string_view why;
};

// A capability (capabilities(7)) that the role keeps. It is valid only in the role's own user namespace, so it gives
// power only over the ids of the pool (the ids of runs).
struct CapabilityGrant {
  unsigned capability;
  std::string_view why;
};

struct Limits {
  std::uint64_t open_files = 64;
  std::uint64_t address_space = 0;  // in bytes. 0 means no limit, because LMDB maps more memory than it uses
  std::uint64_t file_bytes = 0;     // the size of the largest file that the role may write, in bytes
  std::uint64_t processes = 1;      // how many threads the role's user id may have, in all processes together
};

struct Privileges {
  std::span<const FolderGrant> folders;
  std::span<const CallGrant> calls;
  Limits limits;
  // Whether the role has a user namespace of its own, one level below the namespace of the other roles. The id map of
  // that namespace holds the role's id and the ids of the pool (the ids of runs).
  bool owns_pool = false;
  std::span<const CapabilityGrant> capabilities = {};
  // System calls that the role's child processes need but the role itself does not. The children inherit the master's
  // filter, so the master's filter must allow these calls too.
  std::span<const CallGrant> children_calls = {};
  // The reason why the role has no Landlock domain. The text is empty if the role has one.
  std::string_view without_landlock = {};
};

}  // namespace zoobar
