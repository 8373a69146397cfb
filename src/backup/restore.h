// Restores a backup into an empty state directory.
//
// All stores are made in STATE/.restoring. Each is moved to its place only when the whole backup was read and compared,
// and the journal of the bank was replayed. As long as .restoring exists, no master starts on this directory. So a
// restore that was interrupted at any moment is never used, and can simply be begun again.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "backup.pb.h"
#include "backup/keys.h"
#include "backup/restoring.h"
#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar::backup {

struct RestoreOptions {
  std::string file;
  std::optional<SecretKey> key;
  std::string state_dir;  // must be empty, or not exist
  struct Owner {
    uid_t uid = 0;
    gid_t gid = 0;
  };
  std::map<std::string, Owner> owners;  // by role, of its store
  Config::Store store;                  // the sizes with which the bank's store is opened to replay its journal
  bool with_faults = false;             // restore although the stores do not belong together
};

// Returns what the backup says about itself. After an Error nothing can be used: the state directory has what it had
// before, or only .restoring. Precondition: nobody else uses the directory (LockState of the master).
Result<BackupManifest> Restore(const RestoreOptions& options);

}  // namespace zoobar::backup
