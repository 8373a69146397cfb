#include "store/profiles.h"

#include <utility>

#include "ipc/try.h"
#include "store/social.h"

namespace zoobar {

Result<std::unique_ptr<Profiles>> Profiles::Open(Loop& loop, std::string folder, const Config::Store& config) {
  auto options = EnvironmentOptions::Of(std::move(folder), "profile", {"profiles", "files", "programs"}, config);
  for (std::string& table : Social::Tables()) options.tables.push_back(std::move(table));
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<Profiles>(new Profiles(std::move(environment)));
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

Task<Status> Profiles::Erase(std::string member) {
  auto act = [this, &member](WriteTransaction& tx) -> Status {
    for (const Table table : {profiles_, files_, programs_}) tx.Delete(table, member);
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

Result<ProgramFiles> Profiles::Files(std::string_view member) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<ProgramFiles> {
    return tx.GetMessage<ProgramFiles>(files_, member).value_or(ProgramFiles());
  });
}

Result<StoredProgram> Profiles::Program(std::string_view member) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<StoredProgram> {
    return tx.GetMessage<StoredProgram>(programs_, member).value_or(StoredProgram());
  });
}

Task<Status> Profiles::Note(std::string member, std::optional<ProgramFiles> files, Change change) {
  auto act = [this, &member, &files, &change](WriteTransaction& tx) -> Status {
    if (files && files->files_size() == 0) {
      tx.Delete(files_, member);
    } else if (files) {
      tx.PutMessage(files_, member, *files);
    }
    if (change) {
      StoredProgram program = tx.GetMessage<StoredProgram>(programs_, member).value_or(StoredProgram());
      change(program);
      tx.PutMessage(programs_, member, program);
    }
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

}  // namespace zoobar
