// Reads a whole backup and finds out whether it is what was written, and whether its stores belong together.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "backup.pb.h"
#include "backup/file_reader.h"
#include "backup/keys.h"
#include "ipc/result.h"

namespace zoobar::backup {

// Reads all records. `see` gets those of the stores, before it is known whether the file is whole. Returns the manifest
// after everything was compared: the file with its hash, each store with its own, the manifest with what was read.
Result<BackupManifest> ReadAll(FileReader& file, const std::function<Status(char type, std::string_view content)>& see);

struct Checked {
  bool sealed = false;
  // Absent: the backup is sealed and no key was given, so only the hash of the file was checked.
  std::optional<BackupManifest> manifest;
};
// Returns an Error if the file is no backup, or is damaged. Faults of the stores are no Error; they are in the manifest.
Result<Checked> Check(const std::string& path, const std::optional<SecretKey>& key);

}  // namespace zoobar::backup
