// profile's table. One environment, of kind "profile", format 1.
//
//   table     key                    value
//   profiles  member id, 16 bytes    StoredProfile
//
// A member who never saved a profile, or saved an empty one, has no entry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config.pb.h"
#include "ipc/task.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class Profiles {
 public:
  // As Environment::Open: blocks, and fails when another process holds it.
  static Result<std::unique_ptr<Profiles>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // nullopt: none.
  Result<std::optional<StoredProfile>> Get(std::string_view member);
  // Replaces an earlier one; an empty text removes it. On disk when this returns.
  Task<Status> Save(std::string member, StoredProfile profile);
  // Replaces the cleaned HTML, unless another act has saved a profile since this one was read.
  Task<Status> SaveCleaned(std::string member, StoredProfile profile);

 private:
  explicit Profiles(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)), profiles_(environment_->table("profiles")) {}

  std::unique_ptr<Environment> environment_;
  Table profiles_;
};

}  // namespace zoobar
