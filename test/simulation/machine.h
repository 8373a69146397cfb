// Machine: a simulated computer. The code of all roles runs on it, in one real thread of one real process, and
// everything that can happen in more than one order happens in the order that the seed gives:
//
// - Time is a number. It moves on when nothing else can happen.
// - Each role is a Process: its event loop is a Fiber, and so is each of its threads. A step lets one fiber go on, which
//   the seed chooses among those that can.
// - The sockets and pipes are real ones of this process. That something can be read is told after a delay from the seed.
// - The disk remembers what was flushed (disk.h).
// - The random numbers of libsodium come from the seed.
//
// It stands where the real machine stands: it defines the functions of libuv (uv.cc) and of the C library (posix.cc)
// that the roles call. So the roles' own code is the same as in the real program, from ServeMessages (site/serve.h) on.
//
// Followed: FoundationDB's simulator (Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store",
// 2021, section 4) and TigerBeetle's VOPR.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "request/request.h"
#include "simulation/disk.h"
#include "simulation/random.h"

namespace zoobar::simulation {

struct LoopState;  // uv.h
struct Process;

inline constexpr std::int64_t kNever = INT64_MAX;

// Code with a stack of its own, which can stop anywhere and go on later.
class Fiber {
 public:
  Fiber(Process& process, std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The fiber that runs now. nullptr: the machine itself.
  static Fiber* Current();
  // Lets the fiber go on until it stops. Only the machine calls it.
  void Resume();
  // Stops the current fiber until the machine chooses it again, at `until` or later, or after Wake.
  static void StopUntil(std::int64_t until);
  void Wake();

  Process& process() const { return process_; }
  bool ended() const { return ended_; }
  std::int64_t due() const { return due_; }

  // The loop for whose next turn the fiber waits. Its events say when the fiber can go on, besides due().
  LoopState* loop = nullptr;
  // Nobody waits for its end, so the machine forgets it then.
  bool detached = false;

 private:
  static void Begin();

  Process& process_;
  std::function<void()> body_;
  void* stack_;
  ucontext_t context_{}, back_{};
  RequestId request_;  // the current request of its thread (request/request.h)
  std::int64_t due_ = 0;
  bool ended_ = false;
};

// A simulated process. It owns descriptors of the real process.
struct Process {
  std::string name;
  std::string folder;  // the real folder that the process sees as /store; empty: none
  std::uint64_t number = 0;
  std::vector<std::unique_ptr<Fiber>> fibers;  // the first is its main thread
  std::int64_t stopped_until = 0;              // as by SIGSTOP
  bool dead = false;
  int status = 0;          // its exit status; -1: it was killed
  std::string last_words;  // what it wrote to its standard error
  std::function<void()> on_end;
};

class Machine {
 public:
  explicit Machine(std::uint64_t seed);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // The only one of this process.
  static Machine& The();

  Random& random() { return random_; }
  Disk& disk() { return disk_; }
  const Disk& disk() const { return disk_; }
  std::int64_t now() const { return now_; }  // microseconds of the monotonic clock
  std::int64_t wall() const { return now_ + wall_offset_; }
  void StepClock(std::int64_t by) { wall_offset_ += by; }  // as an operator who sets the clock
  std::uint64_t steps() const { return steps_; }
  // A number that everything that happened has changed: two runs of one seed have the same.
  std::uint64_t fingerprint() const { return fingerprint_; }
  void Mark(std::uint64_t what) { fingerprint_ = (fingerprint_ ^ what) * 0x100000001b3; }

  // How rough the machine is: one of so many events is delayed for long. 0: none.
  std::uint64_t rough = 0;

  Process& Start(std::string name, std::string folder, std::function<int()> main);
  Fiber& StartThread(std::function<void()> body);
  // Ends a process as SIGKILL does: its code never runs again, and its descriptors are closed.
  void Kill(Process& process, int status = -1);
  // The current process ends itself. Does not return.
  [[noreturn]] void Exit(int status);

  // Lets one fiber go on. Returns false if nothing can ever happen again.
  bool Step();

  // How long it takes until an event is noticed, in microseconds.
  std::int64_t Delay();

  // Descriptors.
  void Own(int fd, Process* process);
  // The descriptor is closed. Does nothing if there is no machine yet.
  static void Forget(int fd);

 private:
  std::int64_t DueOf(const Fiber& fiber) const;
  void Bury();

  Random random_;
  Disk disk_;
  std::int64_t now_ = 1'000'000'000, wall_offset_ = 1'700'000'000'000'000;
  std::uint64_t steps_ = 0, fingerprint_ = 0xcbf29ce484222325;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Process*> ended_;  // whose on_end is still to be called
  std::array<Process*, 65536> owners_{};
  std::vector<Fiber*> candidates_;
};

// The current process; nullptr: the machine itself.
Process* CurrentProcess();

}  // namespace zoobar::simulation
