// What a simulation looks out for: faults, each a sentence. The first one ends the simulation.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace zoobar::simulation {

class Judge {
 public:
  template <typename... Args>
  void Fault(fmt::format_string<Args...> format, Args&&... args) {
    faults_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  bool sound() const { return faults_.empty(); }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::vector<std::string> faults_;
};

}  // namespace zoobar::simulation
