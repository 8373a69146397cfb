#include "site/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "ipc/descriptors.h"

namespace zoobar {

LogRule LogRuleOf(const Config::Log& log, std::string_view file) {
  if (file == "alarms") return {log.alarm_rotate_bytes(), log.alarm_keep()};
  if (file == "audit") return {log.audit_rotate_bytes(), log.audit_keep()};
  if (file == "money") return {log.money_rotate_bytes(), log.money_keep()};
  return {log.rotate_bytes(), log.keep()};
}

Fd LogFiles::Open(std::string_view file) {
  const std::string name = fmt::format("{}.log", file);
  Result<Fd> fd = OpenOwn(name, 0);
  if (fd.ok()) {
    if (std::ranges::find(kSealedLogs, file) == std::end(kSealedLogs)) EndLastLine(name, *fd);
    Remember(file, *fd);
    return std::move(*fd);
  }
  log_.Security("log-not-opened", {{"file", name}, {"why", fd.error().text}});
  return Fd();
}

std::vector<LogFiles::Renewed> LogFiles::Renew(const Config::Log& rules) {
  std::vector<Renewed> renewed;
  for (const std::string_view file : kLogFiles) {
    const LogRule rule = LogRuleOf(rules, file);
    const std::string name = fmt::format("{}.log", file);
    struct stat now{};
    const bool there = fstatat(directory_, name.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0;
    const auto known = handed_out_.find(file);
    const bool same = there && known != handed_out_.end() && known->second == std::pair(now.st_dev, now.st_ino);
    Fd fresh;
    if (!same) {
      fresh = Open(file);
      if (fresh)
        log_.Info("log-opened", {{"file", name}, {"why", there ? "its name was another file" : "it was missing"}});
    } else if (static_cast<std::uint64_t>(now.st_size) >= rule.rotate_bytes) {
      fresh = Rotate(file, rule.keep);
    }
    if (fresh) renewed.push_back({file, std::move(fresh)});
  }
  return renewed;
}

// Makes the new file before it renames anything. If the disk is full or the folder is not writable, the old file keeps
// its name.
Fd LogFiles::Rotate(std::string_view file, std::uint32_t keep) {
  const std::string name = fmt::format("{}.log", file), fresh_name = name + ".new";
  const auto fail = [&](const std::string& why) {
    unlinkat(directory_, fresh_name.c_str(), 0);
    log_.Security(
        "log-not-rotated",
        {{"file", name}, {"why", why}, {"instead", "logger writes on to the old file and tries again in a minute"}});
    return Fd();
  };
  unlinkat(directory_, fresh_name.c_str(), 0);  // a master that was killed while it rotated may have left this file
  Result<Fd> fresh = OpenOwn(fresh_name, O_EXCL);
  if (!fresh.ok()) return fail(fresh.error().text);
  if (before_deletion_ && faccessat(directory_, fmt::format("{}.{}", name, keep).c_str(), F_OK, 0) == 0)
    before_deletion_(file, keep == 1 ? name : fmt::format("{}.{}", name, keep - 1));
  if (Status shifted = Shift(name, keep); !shifted.ok()) return fail(shifted.error().text);
  if (renameat(directory_, fresh_name.c_str(), directory_, name.c_str()) != 0)
    return fail(Error::FromErrno("rename " + fresh_name).text);
  Remember(file, *fresh);
  return std::move(*fresh);
}

// Stops at the first file that cannot be renamed, because the next rename would overwrite it.
Status LogFiles::Shift(const std::string& name, std::uint32_t keep) const {
  for (std::uint32_t age = keep; age >= 1; --age) {
    const std::string from = age == 1 ? name : fmt::format("{}.{}", name, age - 1);
    const std::string to = fmt::format("{}.{}", name, age);
    if (renameat(directory_, from.c_str(), directory_, to.c_str()) == 0) continue;
    if (errno != ENOENT || age == 1) return Error::FromErrno(fmt::format("rename {} to {}", from, to));
  }
  return {};
}

Result<Fd> LogFiles::OpenOwn(const std::string& name, int flags) const {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  Fd fd(openat(directory_, name.c_str(), kFlags | flags, 0600));
  if (!fd) return Error::FromErrno("open");
  struct stat about{};
  if (fstat(fd.get(), &about) != 0) return Error::FromErrno("fstat");
  if (!S_ISREG(about.st_mode)) return Error{"it is not a regular file"};
  if (about.st_nlink != 1) return Error{"it has more than one hard link"};
  if (about.st_uid != geteuid()) return Error::Of("it belongs to uid {}, not {}", about.st_uid, geteuid());
  if ((about.st_mode & 07777) != 0600 && fchmod(fd.get(), 0600) != 0) return Error::FromErrno("fchmod");
  // Clears O_NONBLOCK, which was set only so that opening a pipe does not wait. logger gets an ordinary descriptor.
  if (fcntl(fd.get(), F_SETFL, O_APPEND) != 0) return Error::FromErrno("fcntl");
  return fd;
}

// A logger that died or a full disk may have left the beginning of a line. logger cannot see this, because it may only
// append. Without a line feed its first line would be joined to that beginning. In a sealed log the chain says so, and
// logger writes the line feed itself (FileEnd).
void LogFiles::EndLastLine(const std::string& name, const Fd& fd) const {
  struct stat about{};
  const Fd reading(openat(directory_, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
  char last = '\n';
  if (!reading || fstat(reading.get(), &about) != 0 || about.st_size == 0) return;
  if (pread(reading.get(), &last, 1, about.st_size - 1) != 1 || last == '\n') return;
  if (!WriteAll(fd.get(), "\n"))
    log_.Warning("log-line-unfinished", {{"file", name}, {"why", Error::FromErrno("write").text}});
}

void LogFiles::Remember(std::string_view file, const Fd& fd) {
  struct stat about{};
  if (fstat(fd.get(), &about) == 0) handed_out_[file] = {about.st_dev, about.st_ino};
}

}  // namespace zoobar
