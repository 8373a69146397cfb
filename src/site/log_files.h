// The files of the log folder: their names, when each is rotated, and how the master opens, rotates and renews them.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config.pb.h"
#include "ipc/fd.h"
#include "ipc/log.h"
#include "ipc/result.h"

namespace zoobar {

inline constexpr std::string_view kLogFiles[] = {"events", "security", "access", "alarms"};

// When a file is rotated, and how many rotated ones are kept. Alarms have a rule of their own.
struct LogRule {
  std::uint64_t rotate_bytes = 0;
  std::uint32_t keep = 0;
};
LogRule LogRuleOf(const Config::Log& log, std::string_view file);

// Opens only regular files of the caller's own, mode 0600, with one name, in the folder itself: no link is followed and
// no pipe waited for. What goes wrong is said to `log`; then whoever writes to the old file goes on doing so.
class LogFiles {
 public:
  // directory: of the log folder; stays open longer than this.
  LogFiles(int directory, Log& log) : directory_(directory), log_(log) {}

  // For the start of a logger: the file of this name, made if there is none. Invalid when it cannot be had.
  Fd Open(std::string_view file);

  // Files to write to from now on: where a file is over its size, a fresh one after the old was given a number; where
  // the name is gone or means another file than the one handed out last (somebody moved it), the one it means now.
  struct Renewed {
    std::string_view file;
    Fd fd;
  };
  std::vector<Renewed> Renew(const Config::Log& rules);

 private:
  Result<Fd> OpenOwn(const std::string& name, int flags) const;
  Fd Rotate(std::string_view file, std::uint32_t keep);
  Status Shift(const std::string& name, std::uint32_t keep) const;
  void Remember(std::string_view file, const Fd& fd);

  int directory_;
  Log& log_;
  std::map<std::string_view, std::pair<dev_t, ino_t>> handed_out_;
};

}  // namespace zoobar
