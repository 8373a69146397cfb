// Recognises by a line of the logs that a member has done a task. logger asks it about each line that it writes, and
// `zoobar ctl class report` about each line of the files. So the page and the report mean the same.
//
// What it needs is what the line says. It believes the writer of the line, whom logger has set, and nobody else: a
// trace names the role, and a request counts only if app or login says that it was answered.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config.pb.h"

namespace zoobar {

class TaskRecogniser {
 public:
  // Returns the value of the line's field with this name, or nullopt.
  using Fields = std::function<std::optional<std::string_view>(std::string_view name)>;
  // Called once for each task that the line shows as done. The views are valid during the call.
  using Found = std::function<void(const std::string& task, std::string_view member)>;

  explicit TaskRecogniser(Config::Tasks tasks = {}) : tasks_(std::move(tasks)) {}

  // Whether there is any task.
  bool any() const { return tasks_.task_size() > 0; }
  const Config::Tasks& tasks() const { return tasks_; }

  // A line of an event, a security event or money: `role` wrote it.
  void Event(std::string_view role, std::string_view event, const Fields& fields, const Found& found) const;
  // A line of the access log. `path` has no query. Members are empty if the request had no session.
  void Request(std::string_view role, std::string_view method, std::string_view path, std::uint32_t status,
               std::string_view member, const Found& found) const;

 private:
  Config::Tasks tasks_;
};

}  // namespace zoobar
