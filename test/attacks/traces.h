// What a run could leave behind on the machine, beside files of its own.
#pragma once

#include <sys/types.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "live_site/live_site.h"

namespace zoobar {

constexpr std::uint32_t kPoolBegins = 100;  // of id_base: the ids of runs
constexpr const char* kSpare = "a spare";

struct Traces {
  std::map<pid_t, std::size_t> descriptors, threads;  // of sandbox, its interpreter and profile
  std::map<pid_t, long> mounts;
  std::string shared_memory;
  std::vector<std::string> spares;  // kSpare for each spare; a description of any other process with an id of the pool

  friend bool operator==(const Traces&, const Traces&) = default;
};

std::ostream& operator<<(std::ostream& out, const Traces& traces);

// What there is now. Between two runs it should always be the same.
Traces TracesOn(const LiveSite& site);

}  // namespace zoobar
