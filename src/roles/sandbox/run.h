// One run, as the supervisor sees it. A Run exists from the order to the interpreter until profile has asked how the
// run ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/result.h"
#include "ipc/task.h"
#include "roles/sandbox/time.h"
#include "sandbox.pb.h"
#include "sandbox/wire.h"

namespace zoobar {

class Run {
 public:
  static constexpr Milliseconds kTick{100};  // how often the time of a run is checked
  // How long before its end a run is asked for its line (kTimeSignal), but never more than a tenth of its limit.
  static constexpr Milliseconds kGrace{100};

  struct Events {
    std::function<void(Run&)> walled, ended;
    // Send the run kTimeSignal or SIGKILL. Empty if the supervisor itself may send signals to the run.
    std::function<void(const Run&)> ask, kill;
  };
  // Makes the run's sockets and pipes. Returns an Error if the process has no descriptors left for them.
  static Result<std::unique_ptr<Run>> Make(Loop& loop, std::uint64_t number, std::uint32_t id, Events events);
  ~Run();

  // Returns the run's ends of its sockets and pipes, to be sent to the interpreter with the order. After sending them,
  // the caller must call DropTheirs.
  std::vector<int> Theirs() const {
    return {output_.theirs.get(), errors_.theirs.get(), socket_.theirs.get(), gate_.theirs.get()};
  }
  void DropTheirs();

  // The caller must pass on the interpreter's answer to the order, which is the pid of the run's process or -errno.
  void Started(std::int32_t pid);

  // Hands the run out and returns its descriptors, which are for profile. The run's time begins now. The run is ended
  // when its given time (time.h) reaches `limit`, or when the duration `most` has passed by the clock. `share` must
  // outlive the run.
  std::vector<Fd> Lease(Milliseconds limit, Milliseconds most, ProcessorShare& share);
  void End(WaitReply::End why);  // kills the run; `ended` is called when all its processes are gone

  // To be used when the run has ended. Calls `forget` after the duration `time`.
  void KeepFor(Milliseconds time, std::function<void()> forget) { limit_.Start(time, std::move(forget)); }
  const WaitReply& report() const { return report_; }
  const Fd& root() const { return root_; }
  // Returns what the run wrote to standard error. If the run was never leased, this text names the wall that could not
  // be built.
  std::string Complaint() const;

  const std::uint64_t number;
  const std::uint32_t id;
  bool walled = false, leased = false, ended = false;
  bool collected = false;  // whether its files were taken back, or are not needed
  std::uint64_t interpreter = 0;
  // Set by the call of Wait for this run. The promise is fulfilled when the run has ended.
  std::shared_ptr<Promised<bool>> waiter;

 private:
  struct Pair {
    Fd ours, theirs;
  };
  Run(Loop& loop, std::uint64_t run, std::uint32_t user, Events events);
  void ReadGate();
  void ReadDenials();
  void AddDenial(const std::string& name);
  void OnDeath();
  void CheckTime();
  void Signal(int signal);
  std::int64_t CpuMicros() const;
  std::int64_t GivenMicros(std::int64_t cpu_us) const;
  void Finish();

  Loop& loop_;
  Events events_;
  Pair output_, errors_, socket_, gate_;
  Fd pidfd_, root_, listener_;
  std::unique_ptr<Watch> gate_watch_, death_, notices_;
  Timer limit_;  // checks the run's time; after the run has ended, it is the timer of KeepFor
  pid_t pid_ = 0;
  std::int64_t began_us_ = 0;       // when the run was leased; 0 if it was not
  std::int64_t cpu_before_us_ = 0;  // the CPU time that it took to build the walls
  Milliseconds time_limit_{0}, most_{0}, grace_{0};
  bool asked_ = false;                // whether it was sent kTimeSignal
  std::int64_t given_us_ = 0;         // set when the time signal is sent. A later measurement could give less
  ProcessorShare* probes_ = nullptr;  // set when the run is leased
  ProcessorShare* share_ = nullptr;   // equal to probes_; set when the run has lasted for one kTick, and probing begins
  ProcessorShare::Reading before_;    // the reading when share_ was set
  std::uint32_t denied_ = 0;
  WaitReply::End why_ = WaitReply::END_UNSPECIFIED;  // why the run was ended
  WaitReply report_;
};

}  // namespace zoobar
