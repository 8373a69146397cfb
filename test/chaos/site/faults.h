// Disturbs one process of a site, from outside and as root.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "chaos/site/fault_page.h"

namespace zoobar::chaos {

// Finds the page of faults in processes that execute this file, a zoobar_faulty.
class FaultPages {
 public:
  // Reads the file's symbols. ok() says whether it has a page.
  explicit FaultPages(const std::string& binary);
  bool ok() const { return symbol_ != 0; }

  // Replaces the whole page but its clock. False if the process is gone.
  bool Write(pid_t pid, FaultPage page) const;
  bool SetClock(pid_t pid, std::int64_t clock_us) const;
  // How many faults the process has made since its page was written; nullopt if it is gone.
  std::optional<std::uint32_t> Made(pid_t pid) const;

 private:
  // Where the page is in this process; 0 if it is gone.
  std::uint64_t AddressIn(pid_t pid) const;

  std::uint64_t entry_ = 0, symbol_ = 0;  // as the file has them
};

// Lowers one of the limits of a process, and gives it back what it had at the end of the object.
class LoweredLimit {
 public:
  LoweredLimit(pid_t pid, __rlimit_resource what, rlim_t value);
  ~LoweredLimit();
  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;
  bool lowered() const { return lowered_; }

 private:
  const pid_t pid_;
  const __rlimit_resource what_;
  rlimit before_{};
  bool lowered_ = false;
};

}  // namespace zoobar::chaos
