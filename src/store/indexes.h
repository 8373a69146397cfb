// honeychecker's one table. One environment, of kind "honey", format 1.
//
//   table    key                                        value
//   indexes  member id, 16 bytes; draw's name, 16 bytes  StoredIndex (proto/stored.proto)
//
// A member has the index of the draw their account holds and, while a new password is on its way to auth's store, of
// the one that replaces it: two entries at most.
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
  static constexpr std::size_t kIdBytes = 16;  // of a member's id, and of a draw's name

  // As Environment::Open: blocks, and fails when another process holds it.
  static Result<std::unique_ptr<Indexes>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Keeps this entry and the one of the draw `replaces`, no other of the member's. On disk when it returns.
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
