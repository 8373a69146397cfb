#include "backup/make.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "backup/contents.h"
#include "backup/file_writer.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "text/calendar.h"

namespace zoobar::backup {
namespace {

constexpr std::string_view kPrefix = "zoobar-", kSuffix = ".backup", kUnfinished = ".unfinished";
constexpr std::int64_t kProgressMicros = 1'000'000;

// "20261130T001500Z"
std::string CompactTime(std::int64_t now_ms) {
  std::string time = IsoTime(now_ms);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return time;
}

std::uint64_t RandomNumber() {
  std::uint64_t number;
  randombytes_buf(&number, sizeof number);
  return number;
}

// Sleeps so that no more than `bytes_per_s` are read, seen from `began` on.
void Brake(std::int64_t began, std::uint64_t bytes, std::uint64_t bytes_per_s) {
  if (bytes_per_s == 0) return;
  const std::int64_t due =
      began + static_cast<std::int64_t>(static_cast<double>(bytes) * 1e6 / static_cast<double>(bytes_per_s));
  const std::int64_t early = due - MonotonicMicros();
  if (early > 0) std::this_thread::sleep_for(std::chrono::microseconds(early));
}

}  // namespace

Result<std::unique_ptr<Target>> Target::Open(const std::string& path, std::int64_t now_ms) {
  std::unique_ptr<Target> target(new Target);
  struct stat there{};
  target->in_folder_ = stat(path.c_str(), &there) == 0 && S_ISDIR(there.st_mode);
  const std::size_t slash = path.rfind('/');
  if (target->in_folder_) {
    target->folder_ = path;
    target->name_ = std::string(kPrefix) + CompactTime(now_ms) + std::string(kSuffix);
  } else {
    target->folder_ = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    target->name_ = slash == path.npos ? path : path.substr(slash + 1);
  }
  if (target->name_.empty()) return Error::Of("{}: there is no such folder", path);
  target->directory_ = Fd(open(target->folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!target->directory_) return Error::FromErrno(target->folder_);
  const int directory = target->directory_.get();
  if (faccessat(directory, target->name_.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    return Error::Of("{}: it exists already, and is not replaced", target->path());
  }
  TRY_STATUS(target->RemoveUnfinished());
  target->temporary_ = fmt::format(".{}.{:016x}{}", target->name_, RandomNumber(), kUnfinished);
  target->file_ =
      Fd(openat(directory, target->temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!target->file_) return Error::FromErrno(target->path());
  // Whoever holds this lock is at work on the file. The lock ends with the process.
  target->lock_ = target->file_.Duplicate();
  if (!target->lock_ || flock(target->lock_.get(), LOCK_EX | LOCK_NB) != 0) return Error::FromErrno(target->path());
  return target;
}

Target::~Target() {
  if (!kept_ && file_made()) unlinkat(directory_.get(), temporary_.c_str(), 0);
}

Result<std::vector<std::string>> Target::Names() const {
  std::vector<std::string> names;
  DIR* const listing = opendir(folder_.c_str());
  if (!listing) return Error::FromErrno(folder_);
  while (const dirent* entry = readdir(listing)) names.emplace_back(entry->d_name);
  closedir(listing);
  return names;
}

// Removes what killed backups have left: files with a name of theirs that nobody has locked.
Status Target::RemoveUnfinished() const {
  TRY(const std::vector<std::string> names, Names());
  const std::string begin = in_folder_ ? "." + std::string(kPrefix) : "." + name_ + ".";
  for (const std::string& name : names) {
    if (!name.starts_with(begin) || !name.ends_with(kUnfinished)) continue;
    const Fd file(openat(directory_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file && flock(file.get(), LOCK_EX | LOCK_NB) == 0) unlinkat(directory_.get(), name.c_str(), 0);
  }
  return {};
}

Status Target::Keep() {
  const int directory = directory_.get();
  if (renameat2(directory, temporary_.c_str(), directory, name_.c_str(), RENAME_NOREPLACE) != 0)
    return Error::FromErrno(path());
  kept_ = true;
  if (fsync(directory) != 0) return Error::FromErrno(folder_);
  return {};
}

Status Target::DeleteOlder(std::size_t count) const {
  if (!in_folder_ || count == 0) return {};
  TRY(std::vector<std::string> names, Names());
  std::erase_if(names, [this](const std::string& name) {
    const bool ours = name.size() == name_.size() && name.starts_with(kPrefix) && name.ends_with(kSuffix);
    return !ours || name == name_;
  });
  std::ranges::sort(names, std::greater());  // the newest first: the names have their times
  for (std::size_t i = count - 1; i < names.size(); ++i) {
    if (unlinkat(directory_.get(), names[i].c_str(), 0) != 0) return Error::FromErrno(folder_ + "/" + names[i]);
  }
  return {};
}

Result<BackupManifest> Make(StoreCopies& copies, Fd file, Moment moment, const MakeOptions& options) {
  FileWriter writer(std::move(file), options.key);
  TRY_STATUS(writer.Begin());
  Contents contents;
  const std::int64_t began = MonotonicMicros();
  std::int64_t next_progress = began + kProgressMicros;
  std::uint64_t bytes = 0;
  for (const std::string_view role : kStores) {
    const auto add = [&](char type, std::string_view content) -> Status {
      TRY_STATUS(contents.Take(type, content));
      return writer.Add(type, content);
    };
    TRY_STATUS(add(kStoreBegins, role));
    const auto take = [&](StoreCopies::Record record) -> Status {
      TRY_STATUS(add(record.type, record.content));
      bytes += record.content.size();
      Brake(began, bytes, options.bytes_per_s);
      if (options.progress && MonotonicMicros() >= next_progress) {
        options.progress(role, bytes);
        next_progress += kProgressMicros;
      }
      return {};
    };
    TRY_STATUS(copies.Read(role, take));
    TRY_STATUS(contents.Take(kStoreEnds, {}));
    TRY_STATUS(writer.Add(kStoreEnds, contents.hash()));
  }
  TRY_STATUS(contents.Compare());
  BackupManifest manifest = contents.manifest();
  manifest.set_format(kFormat);
  manifest.set_zoobar(options.version);
  manifest.set_moment_ms(moment.ms);
  manifest.set_held_us(moment.held_us);
  const std::string text = manifest.SerializeAsString();
  if (!BackupManifest().ParseFromString(text)) return Error{"the manifest cannot be read again"};
  TRY_STATUS(writer.Add(kManifest, text));
  TRY_STATUS(writer.End());
  return manifest;
}

}  // namespace zoobar::backup
