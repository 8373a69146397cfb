// The canary: a built-in program (src/sandbox/canary.py) that tries what no program may and says whether each wall of
// its run stood. It is sent when the sandbox comes, when runs begin to come from another interpreter, and every ten
// minutes. When it comes back badly no program is run until one comes back well, and the security log says why.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ipc/loop.h"
#include "ipc/task.h"
#include "roles/profile/run.h"
#include "site/counters.h"
#include "site/role.h"

namespace zoobar {

class Canary {
 public:
  static constexpr Milliseconds kEvery{600000};
  static constexpr Milliseconds kAfterFailure{30000}, kSoon{2000};  // soon: it found no slot, or was ended by others
  static constexpr Milliseconds kLimit{9000};                       // of one, its wait for a slot included
  static constexpr Milliseconds kMost{30000};                       // by the clock, while it is given too little time

  // told: each time one has begun, how many runs the sandbox takes at once.
  Canary(Site& site, std::function<void(std::uint32_t)> told);

  // Whether programs may run. While none has come back from this sandbox: waits for it, at most so long.
  Task<bool> WallsStand(Milliseconds patience);

  // A run has begun, and this is the interpreter it comes from.
  void Seen(std::uint64_t interpreter);
  void SandboxWired();
  void SandboxLost();

 private:
  enum class Walls { kUnknown, kStand, kBroken };

  Task<void> Send();
  // kUnknown: it says nothing about the walls.
  static Walls Read(const Result<RunOutput>& canary, std::optional<RunTalk::Refusal> refused);
  void Judge(const Result<RunOutput>& canary, std::optional<RunTalk::Refusal> refused);

  Site& site_;
  const std::function<void(std::uint32_t)> told_;
  Timer next_;
  Walls walls_ = Walls::kUnknown;
  bool out_ = false, another_ = false;  // one is out; another is wanted when it is back
  std::uint64_t interpreter_ = 0;       // the last one a canary was sent for
  std::uint64_t wirings_ = 0;           // how often a sandbox came
  std::vector<std::shared_ptr<Promised<bool>>> waiting_;
  std::int64_t sent_ = 0, failed_ = 0;
};

}  // namespace zoobar
