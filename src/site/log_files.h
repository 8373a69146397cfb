// The files of the log folder: their names, the size at which each is rotated, and how the master opens and rotates
// them.
#pragma once

#include <sys/types.h>

#include <functional>
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

inline constexpr std::string_view kLogFiles[] = {"events", "security", "access", "alarms", "audit", "money", "trace"};
// Those of them whose lines are sealed (src/audit).
inline constexpr std::string_view kSealedLogs[] = {"audit", "money"};

// The size at which a file is rotated, and how many rotated files are kept. Alarms have a rule of their own.
struct LogRule {
  std::uint64_t rotate_bytes = 0;
  std::uint32_t keep = 0;
};
LogRule LogRuleOf(const Config::Log& log, std::string_view file);

// Opens and rotates the log files. It opens only regular files with one hard link that belong to this process's uid,
// and sets their mode to 0600. It follows no link and never waits for a pipe. It writes failures to `log`. After a
// failure, logger keeps writing to the old file.
class LogFiles {
 public:
  // directory: a descriptor of the log folder. The caller keeps it open for as long as this object lives.
  LogFiles(int directory, Log& log) : directory_(directory), log_(log) {}
  // Called before a rotation deletes the oldest file of a log. `oldest`: the file that will be the oldest one then, by
  // its present name in the folder.
  using BeforeDeletion = std::function<void(std::string_view file, const std::string& oldest)>;
  void SetBeforeDeletion(BeforeDeletion call) { before_deletion_ = std::move(call); }

  // Opens the file for a logger process that starts. Creates the file if it does not exist. If a log without seals ends
  // within a line, adds a line feed. The result is invalid on failure.
  Fd Open(std::string_view file);

  // Returns the files that logger must write to from now on. If a file is over its size, it is rotated, and the new
  // file is returned. If somebody moved or replaced the file that logger got last, the file that has the name now is
  // returned. It is created if it does not exist.
  struct Renewed {
    std::string_view file;
    Fd fd;
  };
  std::vector<Renewed> Renew(const Config::Log& rules);

 private:
  Result<Fd> OpenOwn(const std::string& name, int flags) const;
  Fd Rotate(std::string_view file, std::uint32_t keep);
  Status Shift(const std::string& name, std::uint32_t keep) const;
  void EndLastLine(const std::string& name, const Fd& fd) const;
  void Remember(std::string_view file, const Fd& fd);

  int directory_;
  Log& log_;
  BeforeDeletion before_deletion_;
  std::map<std::string_view, std::pair<dev_t, ino_t>> handed_out_;
};

}  // namespace zoobar
