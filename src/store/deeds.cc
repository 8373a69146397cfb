#include "store/deeds.h"

#include "ipc/try.h"

namespace zoobar {
namespace {

constexpr std::size_t kLength = 2;  // bytes of the length of a name, big-endian

std::string DeedsOf(const std::string& member) {
  const std::string length = {static_cast<char>(member.size() >> 8), static_cast<char>(member.size() & 0xFF)};
  return length + member;
}

std::size_t LengthIn(std::string_view key) {
  return static_cast<std::size_t>(static_cast<unsigned char>(key[0])) << 8 | static_cast<unsigned char>(key[1]);
}

}  // namespace

Result<std::unique_ptr<DeedStore>> DeedStore::Open(Loop& loop, std::string folder, const Config::Store& config) {
  auto options = EnvironmentOptions::Of(std::move(folder), "course", {"deeds"}, config);
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<DeedStore>(new DeedStore(std::move(environment)));
}

Result<std::vector<DeedStore::Deed>> DeedStore::All() {
  return environment_->Read([this](ReadTransaction& tx) -> Result<std::vector<Deed>> {
    std::vector<Deed> all;
    Cursor cursor(tx, deeds_);
    for (bool at = cursor.First(); at; at = cursor.Next()) {
      const std::string_view key = cursor.key();
      StoredDeed stored;
      if (!cursor.Parse(&stored)) break;
      const std::size_t length = key.size() > kLength ? LengthIn(key) : 0;
      if (length == 0 || key.size() <= kLength + length) {
        tx.FailDamaged(deeds_, key);
        break;
      }
      all.push_back(
          {std::string(key.substr(kLength, length)), std::string(key.substr(kLength + length)), stored.time_ms()});
    }
    return all;
  });
}

Task<Status> DeedStore::Keep(std::vector<Deed> deeds, std::vector<std::string> gone) {
  auto act = [this, &deeds, &gone](WriteTransaction& tx) -> Status {
    StoredDeed stored;
    for (const Deed& deed : deeds) {
      stored.set_time_ms(deed.time_ms);
      tx.PutMessage(deeds_, DeedsOf(deed.member) + deed.task, stored);
    }
    for (const std::string& member : gone) {
      for (const std::string& key : KeysWithPrefix(tx, deeds_, DeedsOf(member))) tx.Delete(deeds_, key);
    }
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

}  // namespace zoobar
