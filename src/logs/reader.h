// Reads one log from its files: the rotated ones, the present one, and what is added to it later.
//
// No line is lost or read twice when the log is rotated meanwhile. A file keeps its identity (device and inode) when it
// is renamed. After a rotation, logger may still write to the old file, until it has got the new one; it writes all
// lines that wait before it writes the first line to the new file. So the old file is read until the new one has
// content, and then once more.
//
// The files belong to the site, which may have been taken over. Only regular files are opened, and no link is followed.
#pragma once

#include <sys/stat.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

class LogReader {
 public:
  static constexpr std::size_t kMaxLine = 64 * 1024;  // a longer line is skipped; logger writes at most 8192 bytes

  // directory: a descriptor of the folder of the logs, which must outlive this object. name: such as "events". Opens
  // the files that exist now; there may be none. since_us: files that were written last before this time are not
  // opened. Returns an Error if a file may not be opened.
  static Result<LogReader> Open(int directory, std::string name, std::int64_t since_us = 0);
  LogReader(LogReader&&) = default;
  LogReader& operator=(LogReader&&) = default;

  // Calls `take` for each whole line that has not been read yet, the oldest first, without its line feed. The first call
  // reads the files that Open has found; each call looks for new files too.
  void Read(const std::function<void(std::string_view)>& take);

 private:
  struct File {
    Fd fd;
    std::pair<dev_t, ino_t> identity;
    off_t offset = 0;
    std::string part;       // the beginning of a line whose end was not there yet
    bool skipping = false;  // the present line is longer than kMaxLine
  };

  LogReader(int directory, std::string name) : directory_(directory), name_(std::move(name)) {}
  Result<std::unique_ptr<File>> OpenFile(const std::string& file, std::int64_t since_us) const;
  std::vector<std::string> Names() const;  // the present file first, then the rotated ones, the newest first
  Status Find(std::int64_t since_us);
  static bool IsEmpty(const File& file);
  static void ReadFile(File& file, const std::function<void(std::string_view)>& take);

  int directory_;
  std::string name_;
  std::deque<std::unique_ptr<File>> files_;  // the oldest first; the last is the one that logger writes to, or will
};

}  // namespace zoobar
