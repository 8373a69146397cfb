#include "power/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar::power {
namespace {

using Kind = Operation::Kind;

// What the functions below share with the recorder. Threads of a role record at the same time.
std::mutex recording_lock;
std::atomic<bool> recording_now = false;
std::string recorded_folder;
Recording recorded;
std::map<ino_t, std::uint64_t> numbers;  // of the files below the folder
std::uint64_t last_number = 0;

// The path below the recorded folder. Nothing if it is elsewhere.
std::optional<std::string> Below(int directory, const char* path) {
  std::filesystem::path whole(path);
  if (whole.is_relative()) {
    std::error_code failed;
    const std::filesystem::path at =
        directory == AT_FDCWD ? std::filesystem::current_path(failed)
                              : std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", directory), failed);
    if (failed) return {};
    whole = at / whole;
  }
  std::string text = whole.lexically_normal();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  if (text == recorded_folder) return "";
  if (!text.starts_with(recorded_folder + "/")) return {};
  return text.substr(recorded_folder.size() + 1);
}

std::optional<std::string> FolderBelow(int fd) { return Below(fd, "."); }

std::optional<std::uint64_t> NumberOf(int fd, struct stat* about) {
  if (fstat(fd, about) != 0 || !S_ISREG(about->st_mode)) return {};
  const auto found = numbers.find(about->st_ino);
  if (found == numbers.end()) return {};
  return found->second;
}

// Die writes to stderr, which would be recorded otherwise.
template <typename... Args>
[[noreturn]] void GiveUp(fmt::format_string<Args...> format, Args&&... args) {
  recording_now = false;
  Die(fmt::format(format, std::forward<Args>(args)...));
}

void Add(Operation operation) { recorded.operations.push_back(std::move(operation)); }

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void RecordPresent() {
  namespace fs = std::filesystem;
  for (const auto& entry : fs::recursive_directory_iterator(recorded_folder)) {
    const std::string path = entry.path().string().substr(recorded_folder.size() + 1);
    if (entry.is_directory()) {
      recorded.folders.push_back(path);
      continue;
    }
    struct stat about{};
    if (stat(entry.path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) GiveUp("{}: it is no file", path);
    numbers[about.st_ino] = ++last_number;
    recorded.files[path] = last_number;
    recorded.contents[last_number] = Content(entry.path());
  }
}

}  // namespace

std::string Recording::Digest() const {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, 8 * 2);
  for (const Operation& each : operations) {
    const std::string text =
        fmt::format("{} {} {} {} {} {} {} {} {}\n", static_cast<int>(each.kind), each.file, each.offset,
                    each.data.size(), each.synchronous, each.path, each.to, static_cast<int>(each.mark), each.step);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  std::string digest(8 * 2, '\0');
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(digest.data()), digest.size());
  return ToHex(digest);
}

Recorder::Recorder(const std::string& folder) {
  std::lock_guard lock(recording_lock);
  if (recording_now) GiveUp("a recorder is at work already");
  recorded_folder = folder;
  recorded = {};
  numbers.clear();
  last_number = 0;
  RecordPresent();
  recording_now = true;
}

Recorder::~Recorder() { recording_now = false; }

Recording Recorder::Stop() {
  std::lock_guard lock(recording_lock);
  recording_now = false;
  return std::move(recorded);
}

void Recorder::Mark(power::Mark mark, std::size_t step) {
  std::lock_guard lock(recording_lock);
  Operation operation;
  operation.kind = Kind::kMark;
  operation.mark = mark;
  operation.step = step;
  Add(std::move(operation));
}

long Recorder::Opened(int directory, const char* path, int flags, const Call& call) {
  if (!recording_now || (flags & (O_CREAT | O_TRUNC)) == 0) return call();
  std::lock_guard lock(recording_lock);
  const std::optional<std::string> below = Below(directory, path);
  if (!below) return call();
  struct stat before{};
  const bool existed = fstatat(directory, path, &before, AT_SYMLINK_NOFOLLOW) == 0;
  const long fd = call();
  struct stat about{};
  if (fd < 0 || fstat(static_cast<int>(fd), &about) != 0 || !S_ISREG(about.st_mode)) return fd;
  if (!existed) {
    numbers[about.st_ino] = ++last_number;
    Add({.kind = Kind::kMakeFile, .file = last_number, .path = *below});
  } else if ((flags & O_TRUNC) != 0) {
    Add({.kind = Kind::kResize, .file = numbers.at(about.st_ino), .offset = 0});
  }
  return fd;
}

long Recorder::Written(int fd, const iovec* pieces, int count, std::optional<off_t> offset, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  struct stat about{};
  const std::optional<std::uint64_t> file = NumberOf(fd, &about);
  if (!file) return call();
  const int flags = fcntl(fd, F_GETFL);
  if (!offset) offset = (flags & O_APPEND) != 0 ? about.st_size : lseek(fd, 0, SEEK_CUR);
  const long written = call();
  if (written <= 0) return written;
  std::string data;
  for (int i = 0; i < count; ++i) data.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  data.resize(static_cast<std::size_t>(written));
  Add({.kind = Kind::kWrite,
       .file = *file,
       .offset = static_cast<std::uint64_t>(*offset),
       .data = std::move(data),
       .synchronous = (flags & O_DSYNC) != 0});
  return written;
}

long Recorder::Resized(int fd, off_t size, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  struct stat about{};
  const std::optional<std::uint64_t> file = NumberOf(fd, &about);
  const long result = call();
  if (file && result == 0) Add({.kind = Kind::kResize, .file = *file, .offset = static_cast<std::uint64_t>(size)});
  return result;
}

// Nothing of this process needs to survive a real loss of power. So no flush reaches a real disk, and the tests are fast.
long Recorder::Flushed(int fd) {
  if (!recording_now) return 0;
  std::lock_guard lock(recording_lock);
  struct stat about{};
  if (const std::optional<std::uint64_t> file = NumberOf(fd, &about)) {
    Add({.kind = Kind::kFlush, .file = *file});
  } else if (S_ISDIR(about.st_mode)) {
    if (const std::optional<std::string> below = FolderBelow(fd)) Add({.kind = Kind::kFlushFolder, .path = *below});
  }
  return 0;
}

long Recorder::FolderMade(int directory, const char* path, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  const std::optional<std::string> below = Below(directory, path);
  const long result = call();
  if (below && result == 0) Add({.kind = Kind::kMakeFolder, .path = *below});
  return result;
}

long Recorder::Removed(int directory, const char* path, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  const std::optional<std::string> below = Below(directory, path);
  const long result = call();
  if (below && result == 0) Add({.kind = Kind::kRemove, .path = *below});
  return result;
}

long Recorder::Renamed(int from_directory, const char* from, int to_directory, const char* to, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  const std::optional<std::string> below = Below(from_directory, from), target = Below(to_directory, to);
  if (below.has_value() != target.has_value()) GiveUp("{} is renamed into or out of the recorded folder", from);
  const long result = call();
  if (below && result == 0) Add({.kind = Kind::kRename, .path = *below, .to = *target});
  return result;
}

long Recorder::Unknown(const char* name, int fd, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  struct stat about{};
  if (NumberOf(fd, &about)) GiveUp("{} of a recorded file: test/power/disk.h does not know what a disk has then", name);
  return call();
}

long Recorder::Unknown(const char* name, int directory, const char* path, const Call& call) {
  if (!recording_now) return call();
  std::lock_guard lock(recording_lock);
  if (Below(directory, path)) GiveUp("{} of {}: test/power/disk.h does not know what a disk has then", name, path);
  return call();
}

}  // namespace zoobar::power
