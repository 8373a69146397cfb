#include "backup/restore.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "backup/check.h"
#include "backup/contents.h"
#include "backup/store_copies.h"
#include "backup/store_loader.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "ledger/ledger.h"
#include "store/folder.h"

namespace zoobar::backup {
namespace {

constexpr std::string_view kStateLock = "lock";  // of the master, and of `zoobar restore`

constexpr gid_t kKeep = static_cast<gid_t>(-1);  // for chown: the group stays as it is

Status MakeFolder(const std::string& path, gid_t gid, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0 || chown(path.c_str(), static_cast<uid_t>(-1), gid) != 0 ||
      chmod(path.c_str(), mode) != 0) {
    return Error::FromErrno(path);
  }
  return {};
}

Status Remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return Error::Of("{}: {}", path, error.message());
  return {};
}

// Makes the directory if there is none. Removes what an interrupted restore has left. Returns an Error with the cause
// kGone, and changes nothing, if anything else is there.
Status Prepare(const std::string& state_dir, const std::string& restoring) {
  if (mkdir(state_dir.c_str(), 0755) != 0 && errno != EEXIST) return Error::FromErrno(state_dir);
  const bool interrupted = access(restoring.c_str(), F_OK) == 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(state_dir, error)) {
    const std::string name = entry.path().filename();
    // The directory was empty when that restore began, so these stores are its own.
    const bool its_own = interrupted && (name == kRestoring || std::ranges::find(kStores, name) != std::end(kStores));
    if (name != kStateLock && !its_own) {
      return Error::Of("{} is not empty: it has {}", state_dir, name).As(Cause::kGone);
    }
  }
  if (error) return Error::Of("{}: {}", state_dir, error.message());
  if (interrupted) {
    for (const std::string_view role : kStores) TRY_STATUS(Remove(state_dir + "/" + std::string(role)));
    TRY_STATUS(Remove(restoring));
  }
  TRY_STATUS(MakeFolder(restoring, kKeep, 0700));
  TRY_STATUS(SyncFolder(state_dir));
  return SyncFolderOf(state_dir);
}

// Loads the records of all stores into folders below `restoring`.
class Loading {
 public:
  Loading(const RestoreOptions& options, std::string restoring) : options_(options), restoring_(std::move(restoring)) {}

  Status Take(char type, std::string_view content) {
    if (type == kStoreBegins) return Begin(std::string(content));
    if (type == kTable) return loader_->BeginTable(std::string(content));
    if (type == kEntries) {
      return Contents::ForEachEntry(
          content, [this](std::string_view key, std::string_view value) { return loader_->Put(key, value); });
    }
    if (type != kStoreEnds) return {};
    TRY_STATUS(loader_->End());
    loader_.reset();
    return {};
  }

 private:
  Status Begin(const std::string& role) {
    const auto owner = options_.owners.find(role);
    if (owner == options_.owners.end()) return Error::Of("the configuration has no role {}", role);
    const std::string folder = restoring_ + "/" + role;
    TRY_STATUS(MakeFolder(folder, owner->second.gid, 0750));
    TRY_STATUS(MakeFolder(folder + "/store", kKeep, 0700));
    TRY(loader_, StoreLoader::Open(folder + "/store"));
    return {};
  }

  const RestoreOptions& options_;
  const std::string restoring_;
  std::unique_ptr<StoreLoader> loader_;
};

// Replays the journal of the bank, as `zoobar ctl verify` does.
Status Replay(const std::string& folder, const Config::Store& sizes) {
  Loop loop;
  TRY(const std::unique_ptr<Ledger> ledger, Ledger::Open(loop, folder, sizes));
  std::optional<Result<Ledger::Audit>> audit;
  const auto verify = [&]() -> Task<void> {
    auto verifying = ledger->Verify();
    audit.emplace(co_await verifying);
    loop.Stop();
  };
  Spawn(verify());
  while (!audit) loop.Run();
  if (!audit->ok()) return audit->error();
  if (!(*audit)->sound()) return Error::Of("bank: {}", (*audit)->faults.front());
  return {};
}

// Leaves only data.mdb in the store's folder, and gives both to the role.
Status HandOver(const std::string& store, RestoreOptions::Owner owner) {
  for (const char* name : {"lock.mdb", "owner.lock"}) {
    if (unlink((store + "/" + name).c_str()) != 0 && errno != ENOENT) return Error::FromErrno(store);
  }
  if (chown((store + "/data.mdb").c_str(), owner.uid, owner.gid) != 0 ||
      chown(store.c_str(), owner.uid, owner.gid) != 0) {
    return Error::FromErrno(store);
  }
  return SyncFolder(store);
}

Status MoveIntoPlace(const RestoreOptions& options, const std::string& restoring) {
  for (const std::string_view name : kStores) {
    const std::string role(name), from = fmt::format("{}/{}", restoring, role);
    if (MayBeMissing(role) && access(from.c_str(), F_OK) != 0) continue;
    TRY_STATUS(HandOver(from + "/store", options.owners.at(role)));
    TRY_STATUS(SyncFolder(from));
    const std::string to = fmt::format("{}/{}", options.state_dir, role);
    if (rename(from.c_str(), to.c_str()) != 0) return Error::FromErrno(from);
  }
  TRY_STATUS(SyncFolder(options.state_dir));
  if (rmdir(restoring.c_str()) != 0) return Error::FromErrno(restoring);
  return SyncFolder(options.state_dir);
}

Result<BackupManifest> Load(const RestoreOptions& options, const std::string& restoring) {
  TRY(const std::unique_ptr<FileReader> file, FileReader::Open(options.file, options.key));
  if (!file->readable()) return Error{"the backup is sealed: give its secret key"};
  Loading loading(options, restoring);
  TRY(BackupManifest manifest,
      ReadAll(*file, [&loading](char type, std::string_view content) { return loading.Take(type, content); }));
  if (manifest.sums().faults_size() > 0 && !options.with_faults) {
    return Error::Of("the stores do not belong together: {}", manifest.sums().faults(0));
  }
  const Status replayed = Replay(restoring + "/bank/store", options.store);
  if (!replayed.ok() && !options.with_faults) return replayed.error();
  return manifest;
}

}  // namespace

Result<BackupManifest> Restore(const RestoreOptions& options) {
  const std::string restoring = options.state_dir + "/" + std::string(kRestoring);
  TRY_STATUS(Prepare(options.state_dir, restoring));
  Result<BackupManifest> manifest = Load(options, restoring);
  if (!manifest.ok()) {
    TRY_STATUS(Remove(restoring));
    return manifest;
  }
  TRY_STATUS(MoveIntoPlace(options, restoring));
  return manifest;
}

}  // namespace zoobar::backup
