#include "backup/check.h"

#include <memory>

#include "backup/contents.h"
#include "ipc/try.h"

namespace zoobar::backup {

Result<BackupManifest> ReadAll(FileReader& file,
                               const std::function<Status(char type, std::string_view content)>& see) {
  Contents contents;
  BackupManifest manifest;
  bool ended = false;
  FileReader::Record record;
  for (;;) {
    TRY(const bool another, file.Next(&record));
    if (!another) break;
    if (ended) return Error{"the backup is damaged: something follows the manifest"};
    if (record.type == kManifest) {
      ended = true;
      if (!manifest.ParseFromArray(record.content.data(), static_cast<int>(record.content.size()))) {
        return Error{"the backup is damaged: its manifest is malformed"};
      }
      continue;
    }
    TRY_STATUS(contents.Take(record.type, View(record.content)));
    TRY_STATUS(see(record.type, View(record.content)));
  }
  if (!ended) return Error{"the backup is not whole: it has no manifest"};
  TRY_STATUS(contents.Compare());
  if (manifest.format() != kFormat)
    return Error::Of("the backup has format {}, this zoobar knows {}", manifest.format(), kFormat);
  BackupManifest read = contents.manifest();
  read.set_format(manifest.format());
  read.set_zoobar(manifest.zoobar());
  read.set_moment_ms(manifest.moment_ms());
  read.set_held_us(manifest.held_us());
  // The order of faults may differ between two runs, because members are in no order.
  const bool same_faults = read.sums().faults_size() == manifest.sums().faults_size();
  *read.mutable_sums()->mutable_faults() = manifest.sums().faults();
  if (!same_faults || read.SerializeAsString() != manifest.SerializeAsString()) {
    return Error{"the backup is damaged: its manifest describes something else"};
  }
  return manifest;
}

Result<Checked> Check(const std::string& path, const std::optional<SecretKey>& key) {
  TRY(const std::unique_ptr<FileReader> file, FileReader::Open(path, key));
  Checked checked;
  checked.sealed = file->sealed();
  if (!file->readable()) {
    TRY_STATUS(file->CheckHash());
    return checked;
  }
  TRY(checked.manifest, ReadAll(*file, [](char, std::string_view) { return Status(); }));
  return checked;
}

}  // namespace zoobar::backup
