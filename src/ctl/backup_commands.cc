// The commands that make, check and restore backups. site_backup.h does the work.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator/site_backup.h"

namespace zoobar {
namespace backup_commands {
namespace {

// If the stores were held a moment ago, `backup` tries again after this time. Whoever held them for the longest time lets
// the roles rest for ten seconds.
constexpr int kHoldTries = 26;
constexpr Milliseconds kHoldPause{500};

Task<Result<BackupManifest>> CopyStores(Conversation& ctl, SiteBackup& backup) {
  Status held = Error{"", Cause::kBusy};
  for (int tries = 0; tries < kHoldTries && !held.ok() && held.error().cause == Cause::kBusy; ++tries) {
    if (tries > 0) {
      auto rest = Sleep(ctl.loop(), kHoldPause);
      co_await rest;
    }
    CO_TRY(const HoldStoresReply reply, ctl.Ask<HoldStoresReply>(HoldStoresRequest()));
    held = SiteBackup::AllHeld(reply);
    if (!held.ok()) CO_TRY_STATUS(ctl.Done<ReleaseStoresReply>(ReleaseStoresRequest()));
  }
  CO_TRY_STATUS(held);
  const Status begun = backup.Begin();
  CO_TRY(const ReleaseStoresReply released, ctl.Ask<ReleaseStoresReply>(ReleaseStoresRequest()));
  CO_TRY_STATUS(begun);
  if (!released.unbroken()) co_return Error{"the machine was too busy to begin it within a second; try again"};
  co_return backup.Finish(ctl.err());
}

// The copiers of the stores were started before the process had a secret.
Task<Result<int>> MakeBackup(Conversation& ctl, SiteBackup& backup) {
  auto copying = CopyStores(ctl, backup);
  const Result<BackupManifest> manifest = co_await copying;
  if (!manifest.ok()) co_return ctl.Fail(kCtlRefused, "no backup was made: " + manifest.error().text);
  PrintManifest(*manifest, backup.path(), ctl.json(), ctl.out());
  co_return manifest->sums().faults_size() == 0 ? kCtlOk : kCtlBad;
}

int Backup(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  Result<Fd> socket = ConnectToSite(invocation);
  if (!socket.ok()) return invocation.Fail(kCtlRefused, socket.error().text);
  BackupOptions options;
  options.target = arguments.Text("TARGET");
  options.public_key = arguments.Text("--to");
  options.keep = static_cast<std::uint32_t>(arguments.Number("--keep"));
  options.mib_per_s = static_cast<std::uint32_t>(arguments.Number("--rate"));
  options.version = ZOOBAR_VERSION;
  Result<std::unique_ptr<SiteBackup>> backup = SiteBackup::Prepare(arguments.Text("--state-dir"), std::move(options));
  if (!backup.ok()) return invocation.Fail(kCtlRefused, "no backup was made: " + backup.error().text);
  return ConverseOn(invocation, std::move(*socket), [&backup](Conversation& ctl) { return MakeBackup(ctl, **backup); });
}

RestoreCommand RestoreOf(const Arguments& arguments) {
  RestoreCommand command;
  command.file = arguments.Text("FILE");
  command.secret_key = arguments.Text("--key");
  command.json = arguments.Has("--json");
  return command;
}

int RunRestore(const Invocation& invocation) {
  RestoreCommand command = RestoreOf(invocation.arguments);
  command.sources = SourcesOf(invocation.arguments);
  command.with_faults = invocation.arguments.Has("--with-faults");
  return Restore(command, *invocation.out, *invocation.err);
}

int RunVerifyBackup(const Invocation& invocation) {
  return VerifyBackup(RestoreOf(invocation.arguments), *invocation.out, *invocation.err);
}

int RunMakeKey(const Invocation& invocation) {
  return MakeBackupKey(invocation.arguments.Text("FILE"), *invocation.out, *invocation.err);
}

constexpr CommandOption kBackupOptions[] = {
    {.name = "TARGET",
     .takes = Takes::kFile,
     .help = "a file that does not exist yet, or a folder, where the file gets a name with the time",
     .required = true},
    {.name = "--to",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "seal the backup to this public key (see zoobar backup-key)"},
    {.name = "--keep",
     .takes = Takes::kNumber,
     .value = "COUNT",
     .help = "in a folder: delete all but this many of the newest backups; default: delete none",
     .most = 4294967295},
    {.name = "--rate",
     .takes = Takes::kNumber,
     .value = "MIB",
     .help = "read at most this many MiB in a second; 0: no limit",
     .fallback = "16",
     .most = 4294967295},
};
constexpr Example kBackupExamples[] = {
    {"ctl backup /srv/backups/today.zbk", "copies all stores as of one moment into a new file"},
    {"ctl backup /srv/backups --keep 30 --to site.key.pub", "for a nightly timer: sealed, and the oldest are deleted"},
};
constexpr ExitCode kBackupExits[] = {
    {kCtlBad, "the backup was made, and its stores do not belong together. It lists the faults"},
    {kCtlRefused, "no backup was made"},
};
constexpr Command kOnSite[] = {
    {.name = "ctl backup",
     .does = "copy all stores, as of one moment, to a file or into a folder; the site goes on",
     .details =
         "See docs/backup.md: of which moment the backup is, who reads the stores, and what happens when it fails.",
     .options = kBackupOptions,
     .examples = kBackupExamples,
     .exits = kBackupExits,
     .root_only = true,
     .run = Backup},
};

constexpr CommandOption kFile{.name = "FILE", .takes = Takes::kFile, .help = "the backup", .required = true};
constexpr CommandOption kKey{
    .name = "--key", .takes = Takes::kFile, .value = "FILE", .help = "the secret key of a sealed backup"};
constexpr CommandOption kVerifyOptions[] = {kFile, kKey, kJson};
constexpr CommandOption kRestoreOptions[] = {
    kFile,
    kKey,
    {.name = "--with-faults", .help = "restore it although its stores do not belong together"},
    kConfigOptions[0],
    kConfigOptions[1],
    kConfigOptions[2],
    kConfigOptions[3],
    kJson,
};
constexpr CommandOption kKeyOptions[] = {
    {.name = "FILE",
     .takes = Takes::kFile,
     .help = "where the secret key goes; the public key goes to FILE.pub",
     .required = true},
};
constexpr Example kVerifyExamples[] = {{"verify-backup today.zbk", "says what is in it, and that it is whole"}};
constexpr Example kRestoreExamples[] = {
    {"restore today.zbk --state-dir=/var/lib/zoobar-2", "restores it there; then start the site on that directory"},
};
constexpr Example kKeyExamples[] = {{"backup-key site.key", "writes site.key and site.key.pub"}};
constexpr ExitCode kFileExits[] = {
    {kCtlBad, "the file is damaged, or its stores do not belong together"},
    {kCtlRefused, "the file cannot be opened"},
};
constexpr ExitCode kRestoreExits[] = {
    {kCtlBad, "the file is damaged, or its stores do not belong together. Nothing was restored"},
    {kCtlRefused, "the file cannot be opened, the state directory is in use or not empty, or you are not root"},
};
constexpr ExitCode kKeyExits[] = {{kCtlRefused, "one of the files exists, or cannot be written"}};
constexpr Command kOffline[] = {
    {.name = "restore",
     .does = "restore a backup into an empty state directory",
     .details =
         "Reads the whole file first, and touches nothing if it is damaged. Gives the stores to the users of the "
         "roles, which the configuration names.",
     .options = kRestoreOptions,
     .examples = kRestoreExamples,
     .exits = kRestoreExits,
     .root_only = true,
     .run = RunRestore},
    {.name = "verify-backup",
     .does = "read a backup, and say whether it is whole and sound",
     .details = "Touches nothing, and needs no site. The contents of a sealed backup are checked only with --key.",
     .options = kVerifyOptions,
     .examples = kVerifyExamples,
     .exits = kFileExits,
     .run = RunVerifyBackup},
    {.name = "backup-key",
     .does = "make a key pair, to which backups can be sealed",
     .details = "Without the secret key nobody can read a sealed backup. Keep it away from the site.",
     .options = kKeyOptions,
     .examples = kKeyExamples,
     .exits = kKeyExits,
     .run = RunMakeKey},
};

}  // namespace
}  // namespace backup_commands

CommandGroup BackupCommands() { return {"Backups", backup_commands::kOnSite}; }
CommandGroup OfflineBackupCommands() { return {"Backups, without a site", backup_commands::kOffline}; }

}  // namespace zoobar
