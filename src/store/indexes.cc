#include "store/indexes.h"

#include "ipc/try.h"
#include "store/keys.h"

namespace zoobar {

Result<std::unique_ptr<Indexes>> Indexes::Open(Loop& loop, std::string folder, const Config::Store& config) {
  auto options = EnvironmentOptions::Of(std::move(folder), "honey", {"indexes"}, config);
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<Indexes>(new Indexes(std::move(environment)));
}

Task<Status> Indexes::Set(std::string member, std::string words, std::string replaces, StoredIndex index) {
  auto act = [this, &member, &words, &replaces, &index](WriteTransaction& tx) -> Status {
    for (const std::string& key : KeysWithPrefix(tx, indexes_, member)) {
      if (key != member + words && key != member + replaces) tx.Delete(indexes_, key);
    }
    tx.PutMessage(indexes_, member + words, index);
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

Result<std::optional<StoredIndex>> Indexes::Get(std::string_view member, std::string_view words) {
  const std::string key = JoinedKey(member, words);
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::optional<StoredIndex>> {
    return tx.GetMessage<StoredIndex>(indexes_, key);
  });
}

}  // namespace zoobar
