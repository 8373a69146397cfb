// `zoobar restore`: a master starts on the directory only if everything is there.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "backup/restore.h"
#include "backup/small_backup.h"
#include "backup/store_copies.h"
#include "ledger/ledger.h"
#include "power/cuts.h"
#include "store/scratch.h"

namespace zoobar::power {
namespace {

backup::RestoreOptions RestoreTo(const std::string& folder, const std::string& file) {
  backup::RestoreOptions options;
  options.file = file;
  options.state_dir = folder + "/state";
  options.store.set_map_bytes(1 << 20);
  options.store.set_max_map_bytes(16 << 20);
  for (const std::string_view role : backup::kStores) options.owners[std::string(role)] = {getuid(), getgid()};
  return options;
}

// What a master would find there.
std::string WrongStores(const backup::RestoreOptions& options) {
  Loop loop;
  for (const std::string_view role : backup::kStores) {
    if (!std::filesystem::exists(fmt::format("{}/{}/store/data.mdb", options.state_dir, role)))
      return fmt::format("the store of {} is missing, and nothing says so", role);
  }
  const auto ledger = Ledger::Open(loop, options.state_dir + "/bank/store", options.store);
  if (!ledger.ok()) return ledger.error().text;
  const Result<Ledger::Audit> audit = WaitFor(loop, (*ledger)->Verify());
  if (!audit.ok()) return audit.error().text;
  if (!audit->sound()) return audit->faults.front();
  return audit->issued == 20 ? "" : "the journal is another one";
}

TEST(PowerCuts, ARestoredSiteIsWholeOrIsRestoredAgain) {
  const TemporaryDirectory elsewhere;
  const std::string file = elsewhere.path() + "/backup";
  ASSERT_TRUE(SmallBackup().Write(file).ok());
  Recording recording;
  {
    const FastFolder folder;
    SeedRandomNumbers();
    Recorder recorder(folder.path());
    const auto restored = backup::Restore(RestoreTo(folder.path(), file));
    ASSERT_TRUE(restored.ok()) << restored.error().text;
    recorder.Mark(Mark::kAcknowledged, 0);
    recording = recorder.Stop();
  }
  const auto check = [&file](const std::string& folder, const Seen& seen) -> std::string {
    const backup::RestoreOptions options = RestoreTo(folder, file);
    const bool refused = std::filesystem::exists(options.state_dir + "/" + std::string(backup::kRestoring));
    const bool begun = std::ranges::any_of(backup::kStores, [&](std::string_view role) {
      return std::filesystem::exists(fmt::format("{}/{}", options.state_dir, role));
    });
    if (seen.Acknowledged(0) && (refused || !begun)) return "a finished restore is lost";
    if (begun && !refused) return WrongStores(options);
    const auto again = backup::Restore(options);
    return again.ok() ? WrongStores(options) : again.error().text;
  };
  ExpectAllOpen(recording, {.work = "restore", .sample = 200}, check);
  ExpectSomeWrong(recording, {.work = "restore-unnamed", .promises = {.folders = false}, .sample = 200}, check);
}

}  // namespace
}  // namespace zoobar::power
