// The store of the role profile. It is one environment of kind "profile", format 1.
//
//   table     key                    value
//   profiles  member id, 16 bytes    StoredProfile
//   files     member id, 16 bytes    ProgramFiles (proto/sandbox.proto): the files that the member's program keeps
//   programs  member id, 16 bytes    StoredProgram: what happened to the program
//
// The environment also contains the tables of social.h.
//
// A member who never saved a profile, or whose saved profile is empty, has no entry in `profiles`. A member whose
// program keeps no files has no entry in `files`.
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
  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does.
  static Result<std::unique_ptr<Profiles>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Returns nullopt if the member has no profile.
  Result<std::optional<StoredProfile>> Get(std::string_view member);
  // Stores the profile and replaces an earlier one. If the profile's text is empty, removes the stored profile. The
  // change is on disk when the Task ends.
  Task<Status> Save(std::string member, StoredProfile profile);
  // Stores `profile`, in which only the cleaned HTML is new. Does nothing if the member has saved a profile since
  // `profile` was read.
  Task<Status> SaveCleaned(std::string member, StoredProfile profile);

  // Removes the member's profile, the program's files and its record.
  Task<Status> Erase(std::string member);

  // Returns the files that the member's program keeps. The result is empty if there are none.
  Result<ProgramFiles> Files(std::string_view member);
  Result<StoredProgram> Program(std::string_view member);
  // In one transaction, replaces the files if `files` has a value, and lets `change` change the program's record if
  // `change` is set. `change` is called on the writer's thread, perhaps more than once.
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
