#include "operator/site_backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <optional>

#include "backup/check.h"
#include "backup/restore.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "master/ground.h"
#include "operator/ctl_print.h"
#include "operator/exit_status.h"
#include "site/rows.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

int Fail(std::ostream& err, int status, std::string_view why) {
  err << "zoobar: " << Printable(why) << '\n';
  return status;
}

void StartSodium() {
  if (sodium_init() < 0) Die("libsodium does not start");
}

// A file that cannot be opened, or that is in the way, is "refused"; a damaged one is "found something wrong".
int StatusOf(const Error& error) { return error.cause == Cause::kGone ? kCtlRefused : kCtlBad; }

std::string Megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

Result<std::optional<backup::SecretKey>> KeyOf(const RestoreCommand& command) {
  if (command.secret_key.empty()) return std::optional<backup::SecretKey>();
  TRY(backup::SecretKey key, backup::ReadSecretKey(command.secret_key));
  return std::optional(std::move(key));
}

}  // namespace

Result<std::unique_ptr<SiteBackup>> SiteBackup::Prepare(const std::string& state_dir, BackupOptions options) {
  StartSodium();
  signal(SIGPIPE, SIG_IGN);  // if a copier ends, ctl says so
  std::unique_ptr<SiteBackup> backup(new SiteBackup);
  backup->make_.version = options.version;
  backup->make_.bytes_per_s = std::uint64_t{options.mib_per_s} << 20;
  if (!options.public_key.empty()) {
    TRY(backup->make_.key, backup::ReadPublicKey(options.public_key));
  }
  if (geteuid() != 0) return Error{"a backup reads the files of all stores, so it needs root"};
  TRY(backup->target_, backup::Target::Open(options.target, WallMillis()));
  backup->options_ = std::move(options);
  TRY_STATUS(backup->copies_.Start(state_dir));
  return backup;
}

Status SiteBackup::AllHeld(const HoldStoresReply& held) {
  if (held.busy()) return Error{"another backup is being begun", Cause::kBusy};
  for (const std::string_view role : backup::kStores) {
    const auto is_this = [role](const HoldStoresReply::Store& store) { return store.role() == role; };
    if (std::ranges::none_of(held.stores(), is_this)) return Error::Of("{} does not answer", role).As(Cause::kGone);
  }
  for (const HoldStoresReply::Store& store : held.stores()) {
    if (!store.held()) return Error::Of("{} has just been held for another backup", store.role()).As(Cause::kBusy);
  }
  return {};
}

Status SiteBackup::Begin() {
  begun_us_ = MonotonicMicros();
  TRY_STATUS(copies_.Begin());
  moment_.ms = WallMillis();
  moment_.held_us = MonotonicMicros() - begun_us_;
  return {};
}

Result<BackupManifest> SiteBackup::Finish(std::ostream& err) {
  if (isatty(STDERR_FILENO)) {
    make_.progress = [&err](std::string_view role, std::uint64_t bytes) {
      err << "reading the store of " << role << ": " << Megabytes(bytes) << " of all stores\n" << std::flush;
    };
  }
  copies_.GiveWay();
  TRY(BackupManifest manifest, backup::Make(copies_, target_->TakeFile(), moment_, make_));
  TRY_STATUS(target_->Keep());
  // A backup with faults must not push out the last one without.
  if (manifest.sums().faults_size() > 0) return manifest;
  const Status deleted = target_->DeleteOlder(options_.keep);
  if (!deleted.ok()) err << "zoobar ctl: the older backups were not deleted: " << deleted.error().text << '\n';
  return manifest;
}

void PrintManifest(const BackupManifest& manifest, const std::string& file, bool json, std::ostream& out) {
  if (json) {
    out << Json(manifest);
    return;
  }
  std::uint64_t bytes = 0;
  for (const auto& store : manifest.stores()) bytes += store.bytes();
  const BackupSums& sums = manifest.sums();
  out << Printable(file) << ": the stores as of " << IsoTimeMillis(manifest.moment_ms()) << ", " << Megabytes(bytes)
      << ", made by zoobar " << Printable(manifest.zoobar()) << '\n';
  out << fmt::format(
      "members: {}; accounts: {}; entries of the journal: {}; zoobars: {} issued, {} held, {} in open offers\n",
      sums.members(), sums.accounts(), sums.entries(), sums.issued(), sums.held(), sums.offered());
  std::vector<std::vector<std::string>> rows;
  for (const auto& store : manifest.stores()) {
    std::uint64_t entries = 0;
    for (const auto& table : store.tables()) entries += table.entries();
    rows.push_back({Printable(store.role()), std::to_string(store.tables_size()), std::to_string(entries),
                    Megabytes(store.bytes()), ToHex(store.hash()).substr(0, 16)});
  }
  PrintTable({"STORE", ">TABLES", ">ENTRIES", ">SIZE", "HASH"}, rows, out);
  for (const std::string& fault : sums.faults()) out << "fault: " << Printable(fault) << '\n';
}

int VerifyBackup(const RestoreCommand& command, std::ostream& out, std::ostream& err) {
  StartSodium();
  const auto key = KeyOf(command);
  if (!key.ok()) return Fail(err, kCtlUsage, key.error().text);
  const Result<backup::Checked> checked = backup::Check(command.file, *key);
  if (!checked.ok()) return Fail(err, StatusOf(checked.error()), command.file + ": " + checked.error().text);
  if (!checked->manifest) {
    if (command.json) {
      out << "{\"sealed\": true}\n";
      return kCtlOk;
    }
    out << Printable(command.file)
        << ": the file is whole. It is sealed, so its contents were not checked; give the secret key with --key\n";
    return kCtlOk;
  }
  PrintManifest(*checked->manifest, command.file, command.json, out);
  const bool sound = checked->manifest->sums().faults_size() == 0;
  if (!command.json) out << (sound ? "The backup is whole, and its stores belong together.\n" : "");
  return sound ? kCtlOk : kCtlBad;
}

int Restore(const RestoreCommand& command, std::ostream& out, std::ostream& err) {
  StartSodium();
  if (geteuid() != 0) return Fail(err, kCtlRefused, "restore gives the stores to the roles' users, so it needs root");
  auto key = KeyOf(command);
  if (!key.ok()) return Fail(err, kCtlUsage, key.error().text);
  ConfigSources sources = command.sources;
  const Result<Config> config = ReadConfig(sources);
  if (!config.ok()) return Fail(err, kCtlUsage, config.error().text);
  // The file is read once without touching anything, so that a damaged backup leaves no trace.
  const Result<backup::Checked> checked = backup::Check(command.file, *key);
  if (!checked.ok()) return Fail(err, StatusOf(checked.error()), command.file + ": " + checked.error().text);
  if (!checked->manifest)
    return Fail(err, kCtlUsage, command.file + ": the backup is sealed; give its secret key with --key");
  // Neither a site nor another restore may use the directory meanwhile.
  if (mkdir(config->state_dir().c_str(), 0755) != 0 && errno != EEXIST) {
    return Fail(err, kCtlRefused, Error::FromErrno(config->state_dir()).text);
  }
  const Result<Fd> lock = LockState(config->state_dir());
  if (!lock.ok()) return Fail(err, kCtlRefused, lock.error().text);

  backup::RestoreOptions options;
  options.file = command.file;
  options.key = std::move(*key);
  options.state_dir = config->state_dir();
  options.store = config->store();
  options.with_faults = command.with_faults;
  for (const std::string_view name : backup::kStores) {
    const Config::RoleConfig& row = RowOf(*config, RoleByName(std::string(name)));
    options.owners[std::string(name)] = {row.uid(), row.gid()};
  }
  const Result<BackupManifest> restored = backup::Restore(options);
  if (!restored.ok()) return Fail(err, StatusOf(restored.error()), "not restored: " + restored.error().text);
  PrintManifest(*restored, command.file, command.json, out);
  if (!command.json)
    out << "Restored to " << Printable(options.state_dir) << ". Start the site with this state directory.\n";
  return kCtlOk;
}

int MakeBackupKey(const std::string& path, std::ostream& out, std::ostream& err) {
  StartSodium();
  const Status made = backup::MakeKeys(path);
  if (!made.ok()) return Fail(err, kCtlRefused, made.error().text);
  out << Printable(path) << ".pub: seal backups with it: zoobar ctl backup TARGET --to=" << Printable(path) << ".pub\n"
      << Printable(path) << ": the secret key. Without it nobody can read these backups. Keep it away from the site.\n";
  return kCtlOk;
}

}  // namespace zoobar
