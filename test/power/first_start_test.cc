// A store at its first start. The power may go before anything was answered, and still the next start must succeed.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "power/cuts.h"
#include "store/certificates.h"
#include "store/environment.h"
#include "store/scratch.h"

namespace zoobar::power {
namespace {

constexpr std::size_t kPuts = 6;

EnvironmentOptions SmallStore(const std::string& folder) {
  EnvironmentOptions options;
  options.folder = folder;
  options.kind = "test";
  options.tables = {"a", "b"};
  options.map_bytes = 256 << 10;
  options.max_map_bytes = 4 << 20;
  return options;
}

std::string LargeValue(std::size_t put) { return std::string(100 + 3000 * put, static_cast<char>('a' + put)); }

Status Put(Loop& loop, Environment& environment, std::size_t put) {
  const Table table = environment.table("a");
  auto act = [table, put](WriteTransaction& tx) -> Status {
    tx.Put(table, std::to_string(put), LargeValue(put));
    return {};
  };
  return WaitFor(loop, environment.Write(std::move(act)));
}

TEST(PowerCuts, AStoreThatWasNotYetMadeIsMadeAgain) {
  Recording recording;
  {
    const FastFolder folder;
    Recorder recorder(folder.path());
    Loop loop;
    {
      auto opened = Environment::Open(loop, SmallStore(folder.path()));
      ASSERT_TRUE(opened.ok()) << opened.error().text;
      for (std::size_t put = 0; put < kPuts; ++put) {
        ASSERT_TRUE(Put(loop, **opened, put).ok());
        recorder.Mark(Mark::kAcknowledged, put);
      }
    }
    recording = recorder.Stop();
  }
  const auto check = [](const std::string& folder, const Seen& seen) -> std::string {
    Loop loop;
    auto opened = Environment::Open(loop, SmallStore(folder));
    if (!opened.ok()) return opened.error().text;
    const auto lost = (*opened)->Read([&](ReadTransaction& tx) -> Result<std::string> {
      for (const std::size_t put : seen.acknowledged) {
        if (tx.Get((*opened)->table("a"), std::to_string(put)) != LargeValue(put))
          return fmt::format("value {} was answered and is lost", put);
      }
      return std::string();
    });
    if (!lost.ok()) return lost.error().text;
    if (!lost->empty()) return *lost;
    const Status again = Put(loop, **opened, kPuts);
    return again.ok() ? "" : again.error().text;
  };
  ExpectAllOpen(recording, {.work = "first-start", .sample = 2000}, check);
}

// A certificate that replaces another one: keys has one of them, whole.
TEST(PowerCuts, AnInstalledCertificateIsThere) {
  const auto installed = [](std::size_t number) {
    return CertificateStore::Installed{std::string(CertificateStore::kIdBytes, static_cast<char>('a' + number)),
                                       static_cast<std::int64_t>(1000 + number), LargeValue(number),
                                       ToBytes(LargeValue(number + 1))};
  };
  Recording recording;
  {
    const FastFolder folder;
    Recorder recorder(folder.path());
    Loop loop;
    {
      auto store = CertificateStore::Open(loop, folder.path(), Config::Store());
      ASSERT_TRUE(store.ok()) << store.error().text;
      for (std::size_t put = 0; put < kPuts; ++put) {
        std::vector<std::string> replaced;
        if (put > 0) replaced.push_back(installed(put - 1).id);
        recorder.Mark(Mark::kBegun, put);
        ASSERT_TRUE(WaitFor(loop, (*store)->Put(installed(put), std::move(replaced))).ok());
        recorder.Mark(Mark::kAcknowledged, put);
      }
    }
    recording = recorder.Stop();
  }
  const auto check = [&installed](const std::string& folder, const Seen& seen) -> std::string {
    Loop loop;
    auto store = CertificateStore::Open(loop, folder, Config::Store());
    if (!store.ok()) return store.error().text;
    const auto all = (*store)->All();
    if (!all.ok()) return all.error().text;
    if (!all->damaged.empty()) return all->damaged.front();
    if (all->installed.empty()) return seen.acknowledged.empty() ? "" : "every certificate is lost";
    const auto& only = all->installed.front();
    const auto number = static_cast<std::size_t>(only.installed_ms - 1000);
    if (all->installed.size() != 1 || only.chain != installed(number).chain ||
        View(only.key) != View(installed(number).key))
      return "the certificates are not those of one installation";
    return seen.Begun(number) && !seen.Acknowledged(number + 1) ? "" : fmt::format("certificate {} is there", number);
  };
  ExpectAllOpen(recording, {.work = "certificates", .sample = 200}, check);
}

}  // namespace
}  // namespace zoobar::power
