// A role's privileges as data. Each role lists its own at the top of its file, with the reason beside each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace zoobar {

// A directory in the otherwise empty root of a role. Only files in the libraries can be executed.
enum class Folder {
  kStore,      // STATE/ROLE/store, the role's own LMDB environment, at /store: read and write
  kWebRoot,    // the configured web root, at /web: read-only
  kLibraries,  // the machine's /usr/lib, at its usual path: read-only, executable
  kLoader,     // the machine's /usr/lib64, in the same way
};
struct FolderGrant {
  Folder folder;
  std::string_view why;
};

// Named groups of system calls. src/confine/calls.cc lists the calls of each.
enum class Calls {
  kLoop,        // an event loop, memory, time and channels: every role has it
  kStore,       // LMDB: files in its own folder, locks, mapping, fsync
  kThreads,     // libuv's pool
  kOpenBelow,   // openat2 and fstat, to open files of a folder
  kWatchFiles,  // inotify
  kAccept,      // accept connections on a listening socket that it was given
  kServeHttp,   // read, write, shut down connections; TCP options
  kSendFile,    // sendfile, pread
  kAppendLogs,  // append to open files; no truncating and no seeking
  kAskForFile,  // newfstatat: whether a file exists; it cannot be opened
  kCpuLimit,    // setitimer: stop its own work after some CPU time
  kSupervise,   // watch and end runs, answer their listeners, read the files they left
  kBuildWalls,  // for the interpreter: start, fork a run, build its walls
  kProgram,     // what a member's program may do: compute, keep files, use threads; other calls give EPERM
};
struct CallGrant {
  Calls calls;
  std::string_view why;
};

// A capability (capabilities(7)) that the role keeps. It holds only in the role's own user namespace, over the ids of
// the pool.
struct CapabilityGrant {
  unsigned capability;
  std::string_view why;
};

struct Limits {
  std::uint64_t open_files = 64;
  std::uint64_t address_space = 0;  // bytes; 0: no limit, because LMDB maps more memory than it uses
  std::uint64_t file_bytes = 0;     // the size of the largest file it may write
  std::uint64_t processes = 1;      // threads of its user id, in all processes
};

struct Privileges {
  std::span<const FolderGrant> folders;
  std::span<const CallGrant> calls;
  Limits limits;
  // The role has a user namespace of its own, one level below that of the other roles. The map holds its id and the ids
  // of the pool.
  bool owns_pool = false;
  std::span<const CapabilityGrant> capabilities = {};
  // System calls of its children that are not in its own list. The children inherit the master's filter, so that filter
  // must allow these calls too.
  std::span<const CallGrant> children_calls = {};
  // The reason why the role has no Landlock domain. Empty: it has one.
  std::string_view without_landlock = {};
};

}  // namespace zoobar
