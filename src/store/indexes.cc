#include "store/indexes.h"

#include <vector>

#include "ipc/try.h"

namespace zoobar {

Result<std::unique_ptr<Indexes>> Indexes::Open(Loop& loop, std::string folder, const Config::Store& config) {
  EnvironmentOptions options;
  options.folder = std::move(folder);
  options.kind = "honey";
  options.tables = {"indexes"};
  options.map_bytes = config.map_bytes();
  options.max_map_bytes = config.max_map_bytes();
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<Indexes>(new Indexes(std::move(environment)));
}

Task<Status> Indexes::Set(std::string member, std::string words, std::string replaces, StoredIndex index) {
  auto act = [this, &member, &words, &replaces, &index](WriteTransaction& tx) -> Status {
    std::vector<std::string> others;
    {
      Cursor cursor(tx, indexes_);
      for (bool at = cursor.AtOrAfter(member); at && cursor.key().starts_with(member); at = cursor.Next()) {
        const std::string_view draw = cursor.key().substr(member.size());
        if (draw != words && draw != replaces) others.emplace_back(cursor.key());
      }
    }
    for (const std::string& key : others) tx.Delete(indexes_, key);
    tx.PutMessage(indexes_, member + words, index);
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

Result<std::optional<StoredIndex>> Indexes::Get(std::string_view member, std::string_view words) {
  const std::string key = std::string(member) += words;
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::optional<StoredIndex>> {
    return tx.GetMessage<StoredIndex>(indexes_, key);
  });
}

}  // namespace zoobar
