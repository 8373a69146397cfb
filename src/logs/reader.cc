#include "logs/reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace zoobar {

Result<LogReader> LogReader::Open(int directory, std::string name, std::int64_t since_us) {
  LogReader reader(directory, std::move(name));
  // A rotation in the middle could hide the oldest file behind a name that was looked for already. So this tries again
  // until the file that was the newest before is the newest afterwards.
  for (int tries = 0; tries < 10; ++tries) {
    reader.files_.clear();
    Status found = reader.Find(since_us);
    if (!found.ok()) return std::move(found).TakeError();
    struct stat now{};
    const std::string file = fmt::format("{}.log", reader.name_);
    const bool there = fstatat(directory, file.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || reader.files_.empty() || reader.files_.back()->identity == std::pair(now.st_dev, now.st_ino)) break;
  }
  return reader;
}

Result<std::unique_ptr<LogReader::File>> LogReader::OpenFile(const std::string& file, std::int64_t since_us) const {
  Fd fd(openat(directory_, file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd && (errno == ENOENT || errno == ELOOP)) return std::unique_ptr<File>();
  if (!fd) return Error::FromErrno(file);
  struct stat about{};
  if (fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::unique_ptr<File>();
  if (std::int64_t{about.st_mtim.tv_sec + 1} * 1'000'000 < since_us) return std::unique_ptr<File>();
  auto opened = std::make_unique<File>();
  opened->fd = std::move(fd);
  opened->identity = {about.st_dev, about.st_ino};
  return opened;
}

std::vector<std::string> LogReader::Names() const {
  const std::string present = name_ + ".log", before = present + ".";
  std::vector<unsigned> ages;
  const int fd = openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(fd < 0 ? nullptr : fdopendir(fd), closedir);
  if (!folder && fd >= 0) close(fd);
  while (const dirent* const entry = folder ? readdir(folder.get()) : nullptr) {
    const std::string_view file = entry->d_name;
    if (!file.starts_with(before)) continue;
    unsigned age = 0;
    const char* const end = file.data() + file.size();
    const auto [stopped, error] = std::from_chars(file.data() + before.size(), end, age);
    if (error == std::errc() && stopped == end) ages.push_back(age);
  }
  std::ranges::sort(ages);
  std::vector<std::string> names = {present};
  names.reserve(ages.size() + 1);
  for (const unsigned age : ages) names.push_back(fmt::format("{}{}", before, age));
  return names;
}

// Opens the files that are newer than the last one that is known, or all files if none is known. Each rename moves a
// file to a name that comes later in Names(), so no file slips by. One that was renamed meanwhile may come twice.
Status LogReader::Find(std::int64_t since_us) {
  std::vector<std::unique_ptr<File>> newer;
  bool reached = false;
  for (const std::string& name : Names()) {
    Result<std::unique_ptr<File>> opened = OpenFile(name, since_us);
    if (!opened.ok()) return std::move(opened).TakeError();
    if (!*opened) continue;
    const auto same = [&](const auto& other) { return other->identity == (*opened)->identity; };
    reached = !files_.empty() && same(files_.back());
    if (reached) break;
    if (std::ranges::none_of(newer, same)) newer.push_back(std::move(*opened));
  }
  // If somebody has moved the last known file away, it is not known which rotated files are newer.
  if (!reached && !files_.empty() && newer.size() > 1) newer.resize(1);
  for (auto file = newer.rbegin(); file != newer.rend(); ++file) files_.push_back(std::move(*file));
  return {};
}

bool LogReader::IsEmpty(const File& file) {
  struct stat about{};
  return fstat(file.fd.get(), &about) != 0 || about.st_size == 0;
}

void LogReader::Read(const std::function<void(std::string_view)>& take) {
  (void)Find(0);  // a file that cannot be opened now is looked for again by the next call
  while (files_.size() > 1) {
    // Asked before the last read of the older file.
    const bool over = std::any_of(files_.begin() + 1, files_.end(), [](const auto& file) { return !IsEmpty(*file); });
    ReadFile(*files_[0], take);
    if (!over) return;
    files_.pop_front();
  }
  if (!files_.empty()) ReadFile(*files_[0], take);
}

void LogReader::ReadFile(File& file, const std::function<void(std::string_view)>& take) {
  struct stat about{};
  if (fstat(file.fd.get(), &about) == 0 && about.st_size < file.offset) file.offset = 0;  // another tool has cut it
  std::array<char, 64 * 1024> bytes;
  ssize_t count;
  while ((count = pread(file.fd.get(), bytes.data(), bytes.size(), file.offset)) > 0) {
    file.offset += count;
    std::string_view rest(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
      const std::string_view piece = rest.substr(0, end);
      const bool whole = !file.skipping && file.part.size() + piece.size() <= kMaxLine;
      if (whole && file.part.empty()) {
        take(piece);
      } else if (whole) {
        take(file.part.append(piece));
      }
      file.part.clear();
      file.skipping = false;
    }
    file.skipping = file.skipping || file.part.size() + rest.size() > kMaxLine;
    if (file.skipping) {
      file.part.clear();
    } else {
      file.part += rest;
    }
  }
}

}  // namespace zoobar
