// A canary tests the walls of the sandbox. It is a built-in program (src/sandbox/canary.py) that tries what no program
// may do, and reports whether each wall of the sandbox stopped the attempt. A canary is sent when the sandbox is
// connected, when a run comes from a new interpreter, and every ten minutes. If a canary fails, the security log says
// why, and no program runs until a later canary succeeds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ipc/loop.h"
#include "ipc/task.h"
#include "roles/profile/run_client.h"
#include "site/counters.h"
#include "site/role.h"
#include "site/waiters.h"

namespace zoobar {

class Canary {
 public:
  static constexpr Milliseconds kEvery{600000};
  static constexpr Milliseconds kAfterFailure{30000};
  static constexpr Milliseconds kSoon{1000};   // the pause after one that says nothing; a visit waits longer than this
  static constexpr Milliseconds kLimit{9000};  // the limit for one canary, with its wait for a slot
  static constexpr Milliseconds kMost{30000};  // the limit for one canary by the clock, if the machine is busy

  // slots_told: called each time a canary has begun, with the number of runs that the sandbox can execute at once.
  Canary(Site& site, std::function<void(std::uint32_t)> slots_told);

  // Returns whether programs may run. If no canary of this sandbox has ended yet, waits for one, but no longer than
  // `patience`.
  Task<bool> WallsStand(Milliseconds patience);

  // To be called when a run has begun, with the number of the interpreter that executes the run.
  void Seen(std::uint64_t interpreter);
  void SandboxWired();
  void SandboxLost();

 private:
  enum class Walls { kUnknown, kStand, kBroken };

  Task<void> Send();
  // Judges the walls by a canary's result. Returns kUnknown if the result says nothing about the walls.
  static Walls WallsAfter(const Result<RunOutput>& canary, std::optional<RunClient::Refusal> refused);
  void TakeResult(const Result<RunOutput>& canary, std::optional<RunClient::Refusal> refused);

  Site& site_;
  const std::function<void(std::uint32_t)> slots_told_;
  Timer next_;
  Walls walls_ = Walls::kUnknown;
  bool out_ = false;               // a canary is under way
  bool another_ = false;           // another canary is to be sent after the one under way
  std::uint64_t interpreter_ = 0;  // the interpreter for which the last canary was sent
  std::uint64_t wirings_ = 0;      // how often a sandbox was connected
  Waiters waiting_;
  std::int64_t sent_ = 0, failed_ = 0;
};

}  // namespace zoobar
