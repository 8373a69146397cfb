// The store of the role course: who has done which task. It is one environment of kind "course", format 1.
//
//   table  key                          value
//   deeds  length of the member's name  StoredDeed (proto/stored.proto)
//          (2), the name, the task's id
//
// Names are never given to another member.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config.pb.h"
#include "ipc/task.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class DeedStore {
 public:
  struct Deed {
    std::string member, task;  // a name, and a task's id
    std::int64_t time_ms = 0;  // milliseconds since 1970
  };

  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does.
  static Result<std::unique_ptr<DeedStore>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  // Returns everything, in the order of the members. Walks through the whole table; call it before the role serves.
  Result<std::vector<Deed>> All();
  // Adds these deeds, and removes all deeds of the members in `gone`. On disk when the Task ends.
  Task<Status> Keep(std::vector<Deed> deeds, std::vector<std::string> gone);

 private:
  explicit DeedStore(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)), deeds_(environment_->table("deeds")) {}

  std::unique_ptr<Environment> environment_;
  Table deeds_;
};

}  // namespace zoobar
