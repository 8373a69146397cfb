#include "simulation/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::simulation {
namespace {

constexpr std::size_t kSector = 512;

}  // namespace

void Disk::Opened(int fd, const std::string& path, bool each_write_is_flushed) {
  open_[fd] = {path, each_write_is_flushed};
  if (files_.contains(path)) return;
  File& file = files_[path];
  struct stat about{};
  fstat(fd, &about);
  file.durable.resize(static_cast<std::size_t>(about.st_size));
}

void Disk::Closed(int fd) { open_.erase(fd); }

void Disk::Apply(std::string& content, const Written& write) {
  content.resize(std::max(content.size(), write.at + write.bytes.size()));
  content.replace(write.at, write.bytes.size(), write.bytes);
}

ssize_t Disk::Write(int fd, std::string_view bytes, off_t at) {
  const Open& open = open_.at(fd);
  if (faults != 0 && random_.OneIn(faults)) {
    ++made_faults_;
    errno = random_.OneIn(2) ? ENOSPC : EIO;
    return -1;
  }
  const auto count = syscall(SYS_pwrite64, fd, bytes.data(), bytes.size(), at);
  if (count < 0) return count;
  File& file = files_.at(open.path);
  if (open.each_write_is_flushed) ++flushes_;
  Written written{static_cast<std::uint64_t>(at), std::string(bytes.substr(0, static_cast<std::size_t>(count)))};
  if (open.each_write_is_flushed && !loses_flushes) {
    Apply(file.durable, written);
  } else {
    file.pending.push_back(std::move(written));
  }
  return count;
}

int Disk::Flush(int fd) {
  File& file = files_.at(open_.at(fd).path);
  if (faults != 0 && random_.OneIn(faults)) {
    ++made_faults_;
    errno = EIO;
    return -1;
  }
  ++flushes_;
  if (loses_flushes) return 0;
  for (const Written& write : file.pending) Apply(file.durable, write);
  file.pending.clear();
  return 0;
}

int Disk::Resize(int fd, off_t size) {
  const auto result = syscall(SYS_ftruncate, fd, size);
  if (result == 0) files_.at(open_.at(fd).path).durable.resize(static_cast<std::size_t>(size));
  return static_cast<int>(result);
}

std::int64_t Disk::FlushTime() {
  if (random_.OneIn(200)) return random_.Between(20'000, 300'000);
  return random_.Between(50, 4'000);
}

// Some sectors of the write, one after the other from its beginning or to its end.
void Disk::Tear(std::string& content, const Written& write) {
  const std::size_t sectors = (write.bytes.size() + kSector - 1) / kSector;
  const std::size_t kept = random_.Below(sectors + 1) * kSector;
  Written part = write;
  if (random_.OneIn(2)) {
    part.bytes.resize(std::min(kept, part.bytes.size()));
  } else {
    const std::size_t left_out = std::min(kept, part.bytes.size());
    part.at += left_out;
    part.bytes.erase(0, left_out);
  }
  Apply(content, part);
}

void Disk::CutPower() {
  ++cuts_;
  for (auto& [path, file] : files_) {
    const std::uint64_t kind = random_.Below(4);  // 0: all pending writes are lost; 1: all are kept
    for (const Written& write : file.pending) {
      if (kind == 1 || (kind > 1 && random_.OneIn(2))) {
        Apply(file.durable, write);
      } else if (kind == 3) {
        Tear(file.durable, write);
      }
    }
    file.pending.clear();
    const Fd written(static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.c_str(), O_RDWR | O_CLOEXEC, 0)));
    if (!written || syscall(SYS_ftruncate, written.get(), file.durable.size()) != 0 ||
        syscall(SYS_pwrite64, written.get(), file.durable.data(), file.durable.size(), 0) !=
            static_cast<long>(file.durable.size())) {
      Die("simulation: {} cannot be restored", path);
    }
  }
}

}  // namespace zoobar::simulation
