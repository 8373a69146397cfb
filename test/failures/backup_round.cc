// A backup is written, checked and restored. A file with the backup's name is a whole backup, and what cannot be restored as
// a whole is never used.
#include <sys/stat.h>

#include <filesystem>

#include "backup/check.h"
#include "backup/make.h"
#include "backup/restore.h"
#include "backup/small_backup.h"
#include "backup/store_copies.h"
#include "failures/scenarios.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "ledger/ledger.h"

namespace zoobar::failures {
namespace {

namespace fs = std::filesystem;

class BackupScenario : public Scenario {
 public:
  void Prepare(Round& round) override { EXPECT_TRUE(SmallBackup().Write(round.folder() + "/made.backup").ok()); }

  void Work(Round& round) override {
    if (const Status copied = Copy(round.folder()); copied.ok()) round.Acknowledge("copied");
    const auto checked = backup::Check(round.folder() + "/made.backup", {});
    if (checked.ok() && !checked->manifest) round.Complain("a backup without a manifest is whole");
    if (const auto restored = backup::Restore(Options(round.folder(), "state")); restored.ok())
      round.Acknowledge("restored");
    round.Recover();
    if (const auto again = backup::Check(round.folder() + "/made.backup", {}); !again.ok())
      round.Complain("when nothing fails any more, a backup is not whole: " + again.error().text);
    if (const auto restored = backup::Restore(Options(round.folder(), "other")); !restored.ok())
      round.Complain("when nothing fails any more, nothing can be restored: " + restored.error().text);
    round.End();
  }

  void Check(Round& round) override {
    const std::string copy = round.folder() + "/copy.backup", state = round.folder() + "/state";
    if (round.acknowledged("copied")) {
      EXPECT_TRUE(fs::exists(copy));
    }
    if (fs::exists(copy)) {
      const auto checked = backup::Check(copy, {});
      EXPECT_TRUE(checked.ok()) << checked.error().text;
    }
    // A master starts on a directory that has stores and no .restoring.
    const bool usable = fs::exists(state + "/bank") && !fs::exists(state + "/" + std::string(backup::kRestoring));
    if (round.acknowledged("restored")) {
      EXPECT_TRUE(usable);
    }
    if (!usable) {
      const auto restored = backup::Restore(Options(round.folder(), "state"));
      EXPECT_TRUE(restored.ok()) << restored.error().text;
    }
    for (const std::string_view role : backup::kStores)
      EXPECT_TRUE(fs::exists(fmt::format("{}/{}/store", state, role)));
    ExpectBalances(state + "/bank/store");
    EXPECT_TRUE(Copy(round.folder() + "/state").ok());
  }

 private:
  static Status Copy(const std::string& folder) {
    TRY(const std::unique_ptr<backup::Target> target, backup::Target::Open(folder + "/copy.backup", 0));
    const Fd file = target->TakeFile();
    TRY_STATUS(SmallBackup().Write(fmt::format("/proc/self/fd/{}", file.get())));
    return target->Keep();
  }
  static backup::RestoreOptions Options(const std::string& folder, const char* state) {
    backup::RestoreOptions options;
    options.file = folder + "/made.backup";
    options.state_dir = folder + "/" + state;
    options.store.set_map_bytes(1 << 18);
    options.store.set_max_map_bytes(1 << 30);
    for (const std::string_view role : backup::kStores) options.owners[std::string(role)] = {getuid(), getgid()};
    return options;
  }
  static void ExpectBalances(const std::string& store) {
    Loop loop;
    Config::Store sizes;
    sizes.set_map_bytes(1 << 18);
    sizes.set_max_map_bytes(1 << 30);
    const auto ledger = Ledger::Open(loop, store, sizes);
    ASSERT_TRUE(ledger.ok()) << ledger.error().text;
    const auto balances = (*ledger)->Balances({SmallBackup::Id('a'), SmallBackup::Id('b')});
    ASSERT_TRUE(balances.ok());
    EXPECT_EQ((*balances)[0], 7);
    EXPECT_EQ((*balances)[1], 13);
  }
};

}  // namespace

std::unique_ptr<Scenario> BackupRound() { return std::make_unique<BackupScenario>(); }

}  // namespace zoobar::failures
