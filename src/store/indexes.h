// honeychecker's only table. One environment, of kind "honey", format 1.
//
//   table    key                                         value
//   indexes  member id, 16 bytes; draw's name, 16 bytes  StoredIndex (proto/stored.proto)
//
// A member has an entry for the draw that the account uses now. While a new password is being stored by auth, the
// member also has an entry for the draw that replaces it. There are never more than two.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config.pb.h"
#include "ipc/task.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class Indexes {
 public:
  static constexpr std::size_t kIdBytes = 16;  // the size of a member's id and of a draw's name

  // As Environment::Open: blocks, and fails if another process has the environment open.
  static Result<std::unique_ptr<Indexes>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Stores the index for the draw `words`. Keeps the entry of the draw `replaces` and removes all others of the member.
  // On disk when it returns.
  Task<Status> Set(std::string member, std::string words, std::string replaces, StoredIndex index);
  // nullopt: none was set.
  Result<std::optional<StoredIndex>> Get(std::string_view member, std::string_view words);

 private:
  explicit Indexes(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)), indexes_(environment_->table("indexes")) {}

  std::unique_ptr<Environment> environment_;
  Table indexes_;
};

}  // namespace zoobar
