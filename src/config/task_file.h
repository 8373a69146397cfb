// The file with the tasks of a course (proto/tasks.proto), which the configuration names.
#pragma once

#include <string>

#include "config.pb.h"
#include "config/config.h"
#include "ipc/result.h"

namespace zoobar {

// Parses the text of a TaskFile and adds its tasks to `tasks`. `name` is the name of the file. Returns an Error that
// starts with NAME:LINE:COLUMN if the text is wrong. It checks each task, but not the tasks together.
Status AddTasks(const std::string& name, const std::string& text, Config::Tasks& tasks);

// If the configuration has `tasks`, reads the file that it names, adds its tasks, clears the name, and checks all of
// them: so the finished configuration has everything in it. Returns an Error if anything is wrong.
Status CompleteTasks(const ConfigSources& sources, Config& config);

}  // namespace zoobar
