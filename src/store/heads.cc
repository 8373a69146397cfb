#include "store/heads.h"

#include <sodium.h>

#include <array>

#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr std::string_view kKeyName = "name", kSeed = "seed", kLastHead = "last";
constexpr std::size_t kNameBytes = 8;

}  // namespace

Result<std::unique_ptr<HeadStore>> HeadStore::Open(Loop& loop, std::string folder, const Config::Store& config) {
  auto options = EnvironmentOptions::Of(std::move(folder), "notary", {"key", "head"}, config);
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<HeadStore>(new HeadStore(std::move(environment)));
}

Result<HeadStore::Key> HeadStore::ReadKey(const ReadTransaction& tx) const {
  Key key;
  const std::optional<std::string_view> name = tx.Get(key_, kKeyName), seed = tx.Get(key_, kSeed);
  if (!name || !seed) return key;
  if (name->empty() || seed->size() != kSeedBytes) tx.FailDamaged(key_, kSeed);
  key.name = *name;
  key.seed = ToBytes(*seed);
  return key;
}

Result<HeadStore::Key> HeadStore::TakeKey() {
  TRY(Key kept, environment_->Read([this](ReadTransaction& tx) { return ReadKey(tx); }));
  if (!kept.seed.empty()) return kept;
  std::array<char, kNameBytes> random;
  randombytes_buf(random.data(), random.size());
  Key drawn{"zoobar-journal-" + ToHex({random.data(), random.size()}), Bytes(kSeedBytes)};
  randombytes_buf(drawn.seed.data(), drawn.seed.size());
  auto write = [this, &drawn](WriteTransaction& tx) -> Status {
    tx.Put(key_, kKeyName, drawn.name);
    tx.Put(key_, kSeed, View(drawn.seed));
    return {};
  };
  TRY_STATUS(environment_->WriteFirst(std::move(write)));
  return drawn;
}

Result<StoredHead> HeadStore::Last() {
  return environment_->Read([this](ReadTransaction& tx) -> Result<StoredHead> {
    StoredHead head;
    tx.GetMessage(head_, kLastHead, &head);
    return head;
  });
}

Task<Status> HeadStore::Put(StoredHead head) {
  auto act = [this, &head](WriteTransaction& tx) -> Status {
    tx.PutMessage(head_, kLastHead, head);
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

}  // namespace zoobar
