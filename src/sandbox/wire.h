// The formats of the messages that the supervisor (roles/sandbox.h), the interpreter and a run send to each other.
//
// The supervisor and the interpreter are connected by a pair of SOCK_SEQPACKET sockets. The supervisor sends an Order
// together with descriptors. The interpreter sends one Answer for each Order, first to last. Both processes run the
// same executable, so Order and Answer are plain structs.
//
// A run and the role profile are connected by a pair of stream sockets. They send frames. A frame is a length (u32,
// little-endian), followed by that many bytes. The first frame goes to the run and is a Program (proto/sandbox.proto).
// Then the program sends requests and gets replies, in JSON, one at a time (roles/profile/program_call.h). The run's
// last frame has the length 0. It says that the program has ended without an error, and that everything it printed is
// in the pipes. Ending the run's processes takes longer than most programs take. Thanks to the last frame, profile need
// not wait until they have ended.
#pragma once

#include <signal.h>

#include <cstddef>
#include <cstdint>

namespace zoobar {

// A run's descriptors. 0 is an empty pipe whose write end is closed, 1 and 2 are pipes to profile, kRunSocket is the
// socket to profile, and kRunGate is a socket to the supervisor. When its walls stand, the run has closed the gate and,
// if there is one, the scratch.
inline constexpr int kRunSocket = 3, kRunGate = 4;

// The interpreter's descriptors: the socket to the supervisor; zoobar's executable, which the interpreter executes to
// start afresh; and the scratch, if runs are built without mounts.
inline constexpr int kOrdersFd = 3, kExecutableFd = 4, kScratchFd = 5;

inline constexpr std::size_t kMaxProgramFrame = 4 << 20;

// A run's standard output and standard error are two pipes. Everything that Python code prints goes to its pipe at
// once, so nothing is lost, whatever ends the run. To let profile put the two texts into the order in which they were
// written, sys.stderr writes a marker before a piece of text: kMarkBegin, the number of bytes that sys.stdout has
// written since the program began, in decimal, and kMarkEnd. The marker is left out if the number is the same as in the
// marker before, and before the first marker the number is 0. The program can write such bytes itself. What C code
// writes to the descriptors 1 and 2 is not counted and has no marker; one example is the text for kTimeSignal.
inline constexpr char kMarkBegin = '\x1e', kMarkEnd = '\x1f';

// The supervisor sends this signal to a run shortly before the run is killed at its time limit. Unless the program
// changes that, the interpreter's handler then writes to standard error which lines all threads are in (Python's
// faulthandler). The handler is C code, so it works while Python code cannot go on. SIGXCPU means that a limit of
// processor time is reached. Nothing else sends it here: the kernel kills a run that reaches RLIMIT_CPU at once.
inline constexpr int kTimeSignal = SIGXCPU;

struct RunLimits {
  std::uint64_t files_bytes, files_inodes, memory_bytes, cpu_seconds;
};

struct Order {
  enum class Kind : std::uint32_t {
    kRun,    // clone a run. Comes with the run's standard output, standard error, socket and gate. Answer: its pid
    kRenew,  // execute zoobar again, as a new interpreter. Answer: kFresh
    // The next three are sent only if runs are built on the scratch (sandbox/scratch.h), because the supervisor then has
    // no power over the pool's ids:
    kAsk,      // send kTimeSignal to every process that has the order's id
    kEnd,      // kill every process that has the order's id
    kCollect,  // remove the run's files. If a descriptor comes with the order, first write them into it, as Leftovers
  } kind;
  std::uint32_t id;  // user id and group id of the run
  RunLimits limits;
};

struct Answer {
  enum class Kind : std::uint32_t {
    kDone,   // answers the oldest order that has no answer yet. The value is 0, the pid for kRun, or -errno
    kFresh,  // a new interpreter is ready. The value is 1 if runs are built on the scratch, else 0
  } kind;
  std::int32_t value;
};

// When a run has built its walls, it sends one byte through its gate, together with two descriptors (SCM_RIGHTS): its
// root and its filter's listener. Then the run waits until the supervisor sends one byte back, closes gate, root and
// listener, and reads its program.
inline constexpr std::size_t kGateDescriptors = 2;

}  // namespace zoobar
