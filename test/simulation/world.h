// One simulated site with its members, its troubles and its judge, from one seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "simulation/bank_check.h"
#include "simulation/judge.h"
#include "simulation/machine.h"
#include "simulation/member.h"
#include "simulation/site.h"

namespace zoobar::simulation {

class World {
 public:
  static constexpr std::uint64_t kMostMembers = 200;

  // scratch: an empty folder.
  World(std::uint64_t seed, std::string scratch);

  // Runs until the end, or until the first fault. Returns whether no fault was found.
  bool Run();
  // What happened, in one line.
  std::string Summary() const;
  const Judge& judge() const { return judge_; }
  LoggerStandIn& log() { return site_->log(); }

 private:
  Config Settings() const;
  int Main();
  Task<void> Story();
  Task<void> Trouble();
  Task<bool> WaitFor(std::function<bool()> reached, std::int64_t seconds);
  Task<void> JudgeAtTheEnd();
  void AfterStep();

  const std::string scratch_;
  Machine machine_;
  Judge judge_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<SimulatedSite> site_;
  std::unique_ptr<Knowledge> knowledge_;
  std::vector<std::unique_ptr<Member>> members_;
  BankCheck bank_;
  std::uint64_t flushes_seen_ = 0, clock_steps_ = 0;
  bool finished_ = false;
};

}  // namespace zoobar::simulation
