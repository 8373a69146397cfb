// A role's privileges, as data: they stand at the top of the role's own file and read like a sentence.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace zoobar {

// A directory the role finds in its otherwise empty root. None but the libraries lets anything be executed.
enum class Folder {
  kStore,      // STATE/ROLE/store, the role's own LMDB environment, at /store: read and write
  kWebRoot,    // the configured web root, at /web: read-only
  kLibraries,  // the machine's /usr/lib, where it always is: read-only, and the one that holds code to run
  kLoader,     // the machine's /usr/lib64, the same
};
struct FolderGrant {
  Folder folder;
  std::string_view why;
};

// Named groups of system calls. The numbers behind each stand in src/confine/calls.cc, nowhere else.
enum class Calls {
  kLoop,        // an event loop with memory, time and its channels: every role
  kStore,       // LMDB: files in its own folder, locks, mapping, fsync
  kThreads,     // libuv's pool
  kOpenBelow,   // openat2 and fstat, to open files of a folder
  kWatchFiles,  // inotify
  kAccept,      // take connections from a listening socket it was given
  kServeHttp,   // read, write, shut down connections; TCP options
  kSendFile,    // sendfile, pread
  kAppendLogs,  // write to descriptors it holds, never truncate or position
  kAskForFile,  // newfstatat: whether there is a file of some name; it is not opened
  kCpuLimit,    // setitimer: stop its own work after a while
  kSupervise,   // watch, judge and end runs; read what they left
  kBuildWalls,  // the interpreter's: start, fork a run, build its walls
  kProgram,     // what a member's program may do: compute, keep files, use threads; all else is answered EPERM
};
struct CallGrant {
  Calls calls;
  std::string_view why;
};

// A capability (capabilities(7)) the role keeps: over the pool's ids alone, in a user namespace of its own.
struct CapabilityGrant {
  unsigned capability;
  std::string_view why;
};

struct Limits {
  std::uint64_t open_files = 64;
  std::uint64_t address_space = 0;  // bytes; 0: unlimited (LMDB maps more than it uses)
  std::uint64_t file_bytes = 0;     // the largest file it may write
  std::uint64_t processes = 1;      // threads of this uid, itself included
};

struct Privileges {
  std::span<const FolderGrant> folders;
  std::span<const CallGrant> calls;
  Limits limits;
  // The role lives in a user namespace of its own, one level below the others', whose map holds its id and the pool's.
  bool owns_pool = false;
  std::span<const CapabilityGrant> capabilities = {};
  // What its children may call beyond its own list: the master's filter, which they inherit, must let it through.
  std::span<const CallGrant> children_calls = {};
  // Why the role has no Landlock domain; empty: it has one.
  std::string_view without_landlock = {};
};

}  // namespace zoobar
