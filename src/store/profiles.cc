#include "store/profiles.h"

#include <utility>

namespace zoobar {

Result<std::unique_ptr<Profiles>> Profiles::Open(Loop& loop, std::string folder, const Config::Store& config) {
  EnvironmentOptions options;
  options.folder = std::move(folder);
  options.kind = "profile";
  options.tables = {"profiles"};
  options.map_bytes = config.map_bytes();
  options.max_map_bytes = config.max_map_bytes();
  Result<std::unique_ptr<Environment>> environment = Environment::Open(loop, std::move(options));
  if (!environment.ok()) return environment.error();
  return std::unique_ptr<Profiles>(new Profiles(std::move(*environment)));
}

Result<std::optional<StoredProfile>> Profiles::Get(std::string_view member) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::optional<StoredProfile>> {
    return tx.GetMessage<StoredProfile>(profiles_, member);
  });
}

Task<Status> Profiles::Save(std::string member, StoredProfile profile) {
  auto act = [this, &member, &profile](WriteTransaction& tx) -> Status {
    if (profile.text().empty()) {
      tx.Delete(profiles_, member);
    } else {
      tx.PutMessage(profiles_, member, profile);
    }
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

Task<Status> Profiles::SaveCleaned(std::string member, StoredProfile profile) {
  auto act = [this, &member, &profile](WriteTransaction& tx) -> Status {
    StoredProfile now;
    if (tx.GetMessage(profiles_, member, &now) && now.act() == profile.act()) {
      tx.PutMessage(profiles_, member, profile);
    }
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

}  // namespace zoobar
