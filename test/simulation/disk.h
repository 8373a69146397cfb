// The disk of a simulated machine. It follows the files data.mdb of the stores: what was written, and what of it was
// flushed. After a power cut a file has everything that was flushed, and of the rest what the seed says: each write
// whole, torn at a sector, or not at all.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/random.h"

namespace zoobar::simulation {

struct Process;

class Disk {
 public:
  explicit Disk(Random& random) : random_(random) {}

  // posix.cc calls these. A descriptor that was not opened here is not followed.
  void Opened(int fd, const std::string& path, bool each_write_is_flushed);
  void Closed(int fd);
  bool Follows(int fd) const { return open_.contains(fd); }
  // Works as pwrite(2).
  ssize_t Write(int fd, std::string_view bytes, off_t at);
  // Works as fdatasync(2).
  int Flush(int fd);
  int Resize(int fd, off_t size);
  // How long one flush takes, in microseconds.
  std::int64_t FlushTime();

  // Everything that was not flushed is lost, or kept in part. No process may have the files open.
  void CutPower();

  // A disk that fails: of so many writes and flushes, one fails. 0: none.
  std::uint64_t faults = 0;
  std::uint64_t made_faults() const { return made_faults_; }
  std::uint64_t cuts() const { return cuts_; }
  std::uint64_t flushes() const { return flushes_; }  // those and the writes that are flushed at once
  // A fault that is put in on purpose: flushes are acknowledged and not made.
  bool loses_flushes = false;

 private:
  struct Written {
    std::uint64_t at;
    std::string bytes;
  };
  struct File {
    std::string durable;           // what a power cut leaves in any case
    std::vector<Written> pending;  // what may be lost, in the order of the writes
  };
  struct Open {
    std::string path;
    bool each_write_is_flushed;
  };

  static void Apply(std::string& content, const Written& write);
  void Tear(std::string& content, const Written& write);

  Random& random_;
  std::map<std::string, File> files_;
  std::map<int, Open> open_;
  std::uint64_t made_faults_ = 0, cuts_ = 0, flushes_ = 0;
};

}  // namespace zoobar::simulation
