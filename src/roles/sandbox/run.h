// One run as the supervisor holds it: from the order to the interpreter until profile has asked how it ended.
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
  static constexpr Milliseconds kTick{100};  // how often its time is looked at

  struct Events {
    std::function<void(Run&)> walled, ended;
    std::function<void(const Run&)> kill;  // does it, where the supervisor itself may not; empty: it may
  };
  // Its sockets and pipes. An Error when they cannot be had.
  static Result<std::unique_ptr<Run>> Make(Loop& loop, std::uint64_t number, std::uint32_t id, Events events);
  ~Run();

  // What goes with the order to the interpreter, which has its own copies afterwards: DropTheirs.
  std::vector<int> Theirs() const {
    return {output_.theirs.get(), errors_.theirs.get(), socket_.theirs.get(), gate_.theirs.get()};
  }
  void DropTheirs();

  // Its process has started; or could not be.
  void Started(std::int32_t pid);

  // Hands it to profile: the time begins, the descriptors are profile's. It is ended when it was given `limit`, or at
  // `most` by the clock. `share` outlives it.
  std::vector<Fd> Lease(Milliseconds limit, Milliseconds most, ProcessorShare& share);
  void End(WaitReply::End why);  // kills it; the event `ended` follows once all its processes are gone

  // Once ended: calls `forget` after a while.
  void KeepFor(Milliseconds time, std::function<void()> forget) { limit_.Start(time, std::move(forget)); }
  const WaitReply& report() const { return report_; }
  const Fd& root() const { return root_; }
  // What it said on standard error, if it was never handed to profile: which wall did not stand.
  std::string Complaint() const;

  const std::uint64_t number;
  const std::uint32_t id;
  bool walled = false, leased = false, ended = false;
  bool collected = false;  // what it left is taken, or not wanted
  std::uint64_t interpreter = 0;
  // Who asked to Wait, while it runs.
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
  Timer limit_;  // of its time; once it has ended, of the supervisor's patience
  pid_t pid_ = 0;
  std::int64_t began_us_ = 0, cpu_before_us_ = 0;  // before it was leased: its walls
  Milliseconds time_limit_{0}, most_{0};
  std::int64_t given_us_ = 0;         // when it was ended for that; later measurements may say less
  ProcessorShare* probes_ = nullptr;  // from its lease on
  ProcessorShare* share_ = nullptr;   // the same, once it has run for a tick: watched
  ProcessorShare::Reading before_;
  std::uint32_t denied_ = 0;
  WaitReply::End why_ = WaitReply::END_UNSPECIFIED;  // it was killed for
  WaitReply report_;
};

}  // namespace zoobar
