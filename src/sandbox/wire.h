// What travels between the supervisor (roles/sandbox.h), the interpreter and a run, byte for byte.
//
// Supervisor and interpreter: one SOCK_SEQPACKET socket, an Order and its descriptors one way, an Answer for each order
// the other, in order. Both sides are the same executable, so these are plain structs.
//
// A run's own socket, to profile: frames of a length (u32, little-endian) and that many bytes. First comes one frame to
// the run, a Program (proto/sandbox.proto); then the program's requests and the replies to them, JSON, one at a time
// (roles/profile_api.h). A frame of no bytes is the run's last: it has ended by itself, well, and all it printed is in
// its pipes. Taking its processes down takes longer than most programs run, and nobody need wait for that.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zoobar {

// A run's descriptors: 0 a pipe at its end, 1 and 2 pipes to profile, then its socket. The next two only until it is
// walled in.
inline constexpr int kRunSocket = 3, kRunGate = 4;

// The interpreter's: its socket to the supervisor, and zoobar itself, to begin afresh from. Where runs are built
// without mounts, the scratch tmpfs too.
inline constexpr int kOrdersFd = 3, kExecutableFd = 4, kScratchFd = 5;

inline constexpr std::size_t kMaxProgramFrame = 4 << 20;

struct RunLimits {
  std::uint64_t files_bytes, files_inodes, memory_bytes, cpu_seconds;
};

struct Order {
  enum class Kind : std::uint32_t {
    kRun,    // fork a run. Descriptors: its standard output, standard error, socket, gate. Answer: its pid
    kRenew,  // begin again from a fresh image. Answer: kFresh
    // Without mounts (sandbox/scratch.h), where the supervisor has no power over the pool's ids:
    kEnd,      // kill every process of the id
    kCollect,  // empty the scratch. With a descriptor, first write what the run left into it, as Leftovers
  } kind;
  std::uint32_t id;  // user and group of the run
  RunLimits limits;
};

struct Answer {
  enum class Kind : std::uint32_t {
    kDone,   // to the oldest open order: what it says above, or -errno
    kFresh,  // a fresh interpreter is ready: 1 where runs are built without mounts
  } kind;
  std::int32_t value;
};

// Through its gate a run sends, once its walls stand, one byte with its root and its filter's listener as descriptors
// (SCM_RIGHTS). It waits for a byte before it closes all three and reads its program.
inline constexpr std::size_t kGateDescriptors = 2;

}  // namespace zoobar
