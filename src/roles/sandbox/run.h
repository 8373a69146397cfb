// One run as the supervisor sees it, from the order to the interpreter until profile has asked how the run ended.
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
  static constexpr Milliseconds kTick{100};  // how often its time is checked

  struct Events {
    std::function<void(Run&)> walled, ended;
    std::function<void(const Run&)> kill;  // kills it where the supervisor may not; empty: the supervisor may
  };
  // Makes the run's sockets and pipes. An Error if there are no descriptors for them.
  static Result<std::unique_ptr<Run>> Make(Loop& loop, std::uint64_t number, std::uint32_t id, Events events);
  ~Run();

  // The run's ends, which are sent to the interpreter with the order. To be followed by DropTheirs.
  std::vector<int> Theirs() const {
    return {output_.theirs.get(), errors_.theirs.get(), socket_.theirs.get(), gate_.theirs.get()};
  }
  void DropTheirs();

  // To be called with the interpreter's answer: the pid of the run's process, or -errno.
  void Started(std::int32_t pid);

  // Gives the run to profile, and its descriptors with it. The run's time begins. It is ended when it was given `limit`
  // of time, or after `most` by the clock. `share` must outlive the run.
  std::vector<Fd> Lease(Milliseconds limit, Milliseconds most, ProcessorShare& share);
  void End(WaitReply::End why);  // kills it; the event `ended` follows when all its processes are gone

  // For a run that has ended: calls `forget` after `time`.
  void KeepFor(Milliseconds time, std::function<void()> forget) { limit_.Start(time, std::move(forget)); }
  const WaitReply& report() const { return report_; }
  const Fd& root() const { return root_; }
  // For a run that was never leased: what it wrote to standard error, which is the wall that does not stand.
  std::string Complaint() const;

  const std::uint64_t number;
  const std::uint32_t id;
  bool walled = false, leased = false, ended = false;
  bool collected = false;  // its files were taken back, or are not wanted
  std::uint64_t interpreter = 0;
  // Set by the call of Wait for this run. It is fulfilled when the run has ended.
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
  std::int64_t CpuMicros() const;
  std::int64_t GivenMicros(std::int64_t cpu_us) const;
  void Finish();

  Loop& loop_;
  Events events_;
  Pair output_, errors_, socket_, gate_;
  Fd pidfd_, root_, listener_;
  std::unique_ptr<Watch> gate_watch_, death_, notices_;
  Timer limit_;  // checks its time; after its end, waits for KeepFor
  pid_t pid_ = 0;
  std::int64_t began_us_ = 0;       // when it was leased; 0: it was not
  std::int64_t cpu_before_us_ = 0;  // CPU time that building its walls took
  Milliseconds time_limit_{0}, most_{0};
  std::int64_t given_us_ = 0;         // set when its time was over. A later measurement could give less
  ProcessorShare* probes_ = nullptr;  // set when it is leased
  ProcessorShare* share_ = nullptr;   // the same, set and watched when it has run for a tick
  ProcessorShare::Reading before_;    // the reading when share_ was set
  std::uint32_t denied_ = 0;
  WaitReply::End why_ = WaitReply::END_UNSPECIFIED;  // why it was killed
  WaitReply report_;
};

}  // namespace zoobar
