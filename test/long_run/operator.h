// The operator of the site, who works beside the class: looks at it, makes backups, some of which are interrupted, and
// restarts roles.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "live_site/live_site.h"
#include "long_run/classroom.h"

namespace zoobar::long_run {

class Operator {
 public:
  Operator(const LiveSite& site, const Classroom& classroom) : site_(site), classroom_(classroom) {}
  ~Operator() { End(); }
  Operator(const Operator&) = delete;

  // Works until End. `roles` are restarted, one after the other, in the first half of `length`.
  void Begin(std::vector<std::string> roles, std::chrono::seconds length);
  void End();

  std::uint64_t commands() const { return commands_; }
  std::uint64_t restarts() const { return restarts_; }
  std::uint64_t interrupted() const { return interrupted_; }
  // What no command should have answered. Call it after End.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void Work(const std::vector<std::string>& roles, std::chrono::seconds length);
  void Do(const std::vector<std::string>& command);
  void InterruptABackup(std::uint64_t turn);

  const LiveSite& site_;
  const Classroom& classroom_;
  std::atomic<bool> over_ = false;
  std::atomic<std::uint64_t> commands_ = 0, restarts_ = 0, interrupted_ = 0;
  std::vector<std::string> complaints_;
  std::thread thread_;
};

}  // namespace zoobar::long_run
