// What `zoobar ctl top` prints: each role's process with what it uses, from two looks at the site.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>

#include "admin.pb.h"

namespace zoobar {

// What the kernel says of a process in /proc.
struct ProcessUse {
  std::uint64_t cpu_us = 0;     // processor time since it started
  std::uint64_t rss_bytes = 0;  // memory that it holds
};
// Returns nothing if there is no such process. proc: where /proc is.
std::optional<ProcessUse> ReadProcessUse(std::int32_t pid, const std::string& proc = "/proc");
// Parses /proc/PID/stat (proc_pid_stat(5)).
std::optional<ProcessUse> ParseProcessStat(const std::string& stat, long ticks_per_s, long page_bytes);

// One look at the site.
struct Look {
  StatusReply status;
  std::int64_t us = 0;                     // when, in MonotonicMicros
  std::map<std::int32_t, ProcessUse> use;  // by pid
};

// Prints one line about the site, then one row for each process. Figures per second need an earlier look; without one
// they are "-". A process that is new since then has "-" too.
void PrintTop(const Look& now, const Look* before, std::ostream& out);

}  // namespace zoobar
