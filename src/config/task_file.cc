#include "config/task_file.h"

#include <fcntl.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <set>

#include "config/source.h"
#include "course/rules.h"
#include "ipc/channel.h"
#include "ipc/try.h"
#include "roles/table.h"
#include "site/role.h"

namespace zoobar {
namespace {

// Returns what is wrong with the roles that the task's traces name; empty: nothing.
std::string WrongRole(const CourseTask& task) {
  for (const TaskTrace& trace : task.done()) {
    if (!trace.role().empty() && !FindRole(RoleByName(trace.role())))
      return "names a role that does not exist: \"" + trace.role() + "\"";
  }
  return "";
}

Status CheckTask(const CourseTask& task, const std::string& place_of_id) {
  if (const std::optional<TaskFault> fault = WrongIn(task))
    return Error::Of("{}: task \"{}\": {} {}", place_of_id, task.id(), fault->field, fault->why);
  const std::string role = WrongRole(task);
  return role.empty() ? Status() : Error::Of("{}: task \"{}\": done {}", place_of_id, task.id(), role);
}

Result<std::string> ReadTaskFile(const ConfigSources& sources, const std::string& name) {
  if (sources.folder >= 0) return ReadConfigFile(sources.folder, name);
  std::error_code ignored;
  const std::filesystem::path home = std::filesystem::absolute(sources.file, ignored).parent_path();
  return ReadConfigFile(AT_FDCWD, home / name);
}

}  // namespace

Status AddTasks(const std::string& name, const std::string& text, Config::Tasks& tasks) {
  TaskFile file;
  FieldPlaces places;
  TRY_STATUS(ParseText(name, text, file, places));
  const auto* field = TaskFile::descriptor()->FindFieldByName("task");
  for (int i = 0; i < file.task_size(); ++i) {
    const auto at = places.GetLocation(field, i);
    TRY_STATUS(CheckTask(file.task(i), fmt::format("{}:{}:{}", name, at.line + 1, at.column + 1)));
    tasks.add_task()->Swap(file.mutable_task(i));
  }
  return {};
}

Status CompleteTasks(const ConfigSources& sources, Config& config) {
  if (!config.has_tasks()) return {};
  Config::Tasks& tasks = *config.mutable_tasks();
  for (const CourseTask& task : tasks.task()) TRY_STATUS(CheckTask(task, sources.file));
  if (tasks.has_file()) {
    const std::string name = tasks.file();
    if (name.empty() || name.find('/') != std::string::npos)
      return Error::Of("{}: tasks: file \"{}\" must be a name in the folder of the configuration file", sources.file,
                       name);
    Result<std::string> text = ReadTaskFile(sources, name);
    if (!text.ok()) return Error::Of("{}: tasks: {}", sources.file, text.error().text);
    TRY_STATUS(AddTasks(name, *text, tasks));
    tasks.clear_file();
  }
  if (tasks.task_size() == 0) return Error::Of("{}: tasks: no task is declared", sources.file);
  if (tasks.task_size() > kMostTasks)
    return Error::Of("{}: tasks: {} tasks, at most {}", sources.file, tasks.task_size(), kMostTasks);
  std::set<std::string> ids;
  for (const CourseTask& task : tasks.task()) {
    if (!ids.insert(task.id()).second)
      return Error::Of("{}: tasks: two tasks have the id \"{}\"", sources.file, task.id());
  }
  return {};
}

}  // namespace zoobar
