// The formats of what the supervisor (roles/sandbox.h), the interpreter and a run send to each other.
//
// Supervisor and interpreter share one SOCK_SEQPACKET socket. The supervisor sends an Order with its descriptors, and
// the interpreter sends an Answer for each order, in the same order. Both sides are the same executable, so these are
// plain structs.
//
// A run and profile share a stream socket with frames: a length (u32, little-endian) and that many bytes. The first
// frame goes to the run and is a Program (proto/sandbox.proto). Then come the program's requests and the replies to
// them, in JSON, one at a time (roles/profile/program_call.h). The run's last frame has no bytes: the program has ended
// well, and everything it printed is in the pipes. It takes longer to end the run's processes than most programs take,
// and with this frame nobody needs to wait for that.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zoobar {

// A run's descriptors: 0 is a pipe that is at its end, 1 and 2 are pipes to profile, then comes its socket. The run
// closes the gate, and the scratch if it has one, when its walls stand.
inline constexpr int kRunSocket = 3, kRunGate = 4;

// The interpreter's descriptors: its socket to the supervisor, zoobar's executable, which it executes to start afresh,
// and the scratch, if runs are built without mounts.
inline constexpr int kOrdersFd = 3, kExecutableFd = 4, kScratchFd = 5;

inline constexpr std::size_t kMaxProgramFrame = 4 << 20;

struct RunLimits {
  std::uint64_t files_bytes, files_inodes, memory_bytes, cpu_seconds;
};

struct Order {
  enum class Kind : std::uint32_t {
    kRun,    // clone a run. Descriptors: its standard output, standard error, socket, gate. Answer: its pid
    kRenew,  // start afresh from the executable. Answer: kFresh
    // Only on a scratch (sandbox/scratch.h), where the supervisor has no power over the pool's ids:
    kEnd,      // kill every process of the id
    kCollect,  // empty the scratch. If there is a descriptor, first write the run's files into it, as Leftovers
  } kind;
  std::uint32_t id;  // user id and group id of the run
  RunLimits limits;
};

struct Answer {
  enum class Kind : std::uint32_t {
    kDone,   // answers the oldest open order: 0 or the value named above, or -errno
    kFresh,  // a fresh interpreter is ready. The value is 1 where runs are built on the scratch
  } kind;
  std::int32_t value;
};

// When its walls stand, a run sends one byte through its gate, with its root and its filter's listener as descriptors
// (SCM_RIGHTS). It waits for a byte, closes gate, root and listener, and reads its program.
inline constexpr std::size_t kGateDescriptors = 2;

}  // namespace zoobar
