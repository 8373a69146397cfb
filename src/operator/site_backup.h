// The commands that make, check and restore backups: `zoobar ctl backup`, `zoobar verify-backup`, `zoobar restore` and
// `zoobar backup-key`. src/backup does the work.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "admin.pb.h"
#include "backup/make.h"
#include "backup/store_copies.h"
#include "config/config.h"

namespace zoobar {

struct BackupOptions {
  std::string target;            // a file that does not exist yet, or a folder
  std::string public_key;        // the path of a public key; empty: the backup is not sealed
  std::uint32_t mib_per_s = 16;  // the most that is read in a second; 0: no limit
  std::uint32_t keep = 0;        // how many backups stay in the folder; 0: all
  std::string version;           // of this program
};

// A backup of a running site. The order of calls is the order here.
class SiteBackup {
 public:
  // Opens the file and starts the copiers of all stores. Call this before the process reads a secret.
  static Result<std::unique_ptr<SiteBackup>> Prepare(const std::string& state_dir, BackupOptions options);
  // Returns an Error that names a store that is not held. Its cause is kBusy if trying again soon may help.
  static Status AllHeld(const HoldStoresReply& held);
  // Begins all snapshots. The stores must be held.
  Status Begin();
  // The stores were released. Writes the backup. Progress goes to `err` if it is a terminal.
  Result<BackupManifest> Finish(std::ostream& err);
  std::string path() const { return target_->path(); }

 private:
  SiteBackup() = default;
  BackupOptions options_;
  backup::MakeOptions make_;
  std::unique_ptr<backup::Target> target_;
  backup::StoreCopies copies_;
  backup::Moment moment_;
  std::int64_t begun_us_ = 0;
};

// Prints what a backup says about itself, as text or as JSON.
void PrintManifest(const BackupManifest& manifest, const std::string& file, bool json, std::ostream& out);

struct RestoreCommand {
  std::string file;
  std::string secret_key;  // the path of a secret key; empty: the backup is not sealed
  ConfigSources sources;   // they say which user ids the roles have, and which state directory
  bool with_faults = false;
  bool json = false;
};

// Each returns the exit status: 0 done, 1 the backup or its contents are damaged, 2 wrong use, 3 refused. One line on
// `err` gives the reason.
int Restore(const RestoreCommand& command, std::ostream& out, std::ostream& err);
int VerifyBackup(const RestoreCommand& command, std::ostream& out, std::ostream& err);
int MakeBackupKey(const std::string& path, std::ostream& out, std::ostream& err);

}  // namespace zoobar
