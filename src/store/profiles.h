// profile's tables. One environment, of kind "profile", format 1.
//
//   table     key                    value
//   profiles  member id, 16 bytes    StoredProfile
//   files     member id, 16 bytes    ProgramFiles (proto/sandbox.proto): the files that the member's program keeps
//   programs  member id, 16 bytes    StoredProgram: what happened to the program
//
// The environment also contains the tables of social.h.
//
// A member who never saved a profile, or saved an empty one, has no entry in `profiles`. A member whose program keeps
// no files has none in `files`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config.pb.h"
#include "ipc/task.h"
#include "sandbox.pb.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class Profiles {
 public:
  // As Environment::Open: blocks, and fails if another process has the environment open.
  static Result<std::unique_ptr<Profiles>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // nullopt: none.
  Result<std::optional<StoredProfile>> Get(std::string_view member);
  // Stores the profile in place of an earlier one. An empty text removes the profile. On disk when this returns.
  Task<Status> Save(std::string member, StoredProfile profile);
  // Stores the profile with newly cleaned HTML, unless another act has saved a profile since this one was read.
  Task<Status> SaveCleaned(std::string member, StoredProfile profile);

  // Empty: none.
  Result<ProgramFiles> Files(std::string_view member);
  Result<StoredProgram> Program(std::string_view member);
  // In one transaction: replaces the files, if they are given, and changes the program's record by `change`, if that is
  // given. `change` is called on the writer's thread, perhaps more than once.
  using Change = std::function<void(StoredProgram&)>;
  Task<Status> Note(std::string member, std::optional<ProgramFiles> files, Change change);

 private:
  explicit Profiles(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)),
        profiles_(environment_->table("profiles")),
        files_(environment_->table("files")),
        programs_(environment_->table("programs")) {}

  std::unique_ptr<Environment> environment_;
  Table profiles_, files_, programs_;
};

}  // namespace zoobar
