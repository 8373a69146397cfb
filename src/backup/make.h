// Makes a backup from the snapshots of the stores, and gives it its name only when it is whole and on the disk. Whatever
// ends the process before that leaves no file with this name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup.pb.h"
#include "backup/keys.h"
#include "backup/store_copies.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::backup {

// The file that a backup becomes.
class Target {
 public:
  // path: a file that does not exist yet, or a folder. In a folder the file gets the name zoobar-TIME.backup, with the
  // time in UTC. Removes what killed backups have left there, but not what another process is at work on.
  static Result<std::unique_ptr<Target>> Open(const std::string& path, std::int64_t now_ms);
  ~Target();  // removes the file, unless Keep was called
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  Fd TakeFile() { return std::move(file_); }
  // Gives the file its name. Replaces no other file.
  Status Keep();
  // Deletes backups that Open named in this folder, so that this one and the newest others stay, `count` in all. 0: all
  // stay.
  Status DeleteOlder(std::size_t count) const;
  std::string path() const { return folder_ + "/" + name_; }

 private:
  Target() = default;
  bool file_made() const { return lock_.valid(); }
  Result<std::vector<std::string>> Names() const;
  Status RemoveUnfinished() const;

  std::string folder_, name_, temporary_;
  Fd directory_, file_, lock_;
  bool kept_ = false, in_folder_ = false;
};

struct Moment {
  std::int64_t ms = 0;       // milliseconds since 1970
  std::int64_t held_us = 0;  // how long the stores were held
};

struct MakeOptions {
  std::optional<PublicKey> key;   // seals the backup
  std::uint64_t bytes_per_s = 0;  // reads no faster than this; 0: as fast as it can
  std::string version;            // of this program
  // Called about once a second with the role whose store is read, and the bytes of all stores that were read.
  std::function<void(std::string_view role, std::uint64_t bytes)> progress;
};

// Reads all snapshots and writes them to the file. Returns what the end of the backup says.
Result<BackupManifest> Make(StoreCopies& copies, Fd file, Moment moment, const MakeOptions& options);

}  // namespace zoobar::backup
