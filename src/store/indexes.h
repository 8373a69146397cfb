// The store of the role honeychecker, which has only one table. It is one environment of kind "honey", format 1.
//
//   table    key                                         value
//   indexes  member id, 16 bytes; draw's name, 16 bytes  StoredIndex (proto/stored.proto)
//
// A draw is the set of sweetwords made for one password. A member has an entry for the draw that the account uses now.
// While auth stores a new password, the member also has an entry for the draw of the new password. A member never has
// more than two entries.
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

  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does.
  static Result<std::unique_ptr<Indexes>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Stores the index for the draw `words`. Keeps the member's entry for the draw `replaces` and removes all other
  // entries of the member. The change is on disk when the Task ends.
  Task<Status> Set(std::string member, std::string words, std::string replaces, StoredIndex index);
  // Returns nullopt if no index was set for this draw.
  Result<std::optional<StoredIndex>> Get(std::string_view member, std::string_view words);

 private:
  explicit Indexes(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)), indexes_(environment_->table("indexes")) {}

  std::unique_ptr<Environment> environment_;
  Table indexes_;
};

}  // namespace zoobar
