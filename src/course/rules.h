// The limits of tasks, and what a declared task must be. They are the operator's own text, so the limits are there to
// catch slips, and to bound what the roles keep for each task.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tasks.pb.h"

namespace zoobar {

inline constexpr int kMostTasks = 64;
inline constexpr int kMostTraces = 16;      // of one task
inline constexpr int kMostTraceFields = 8;  // of one trace
inline constexpr std::size_t kMostTaskId = 32;
inline constexpr std::size_t kMostTaskTitle = 100;  // bytes
inline constexpr std::size_t kMostTaskText = 4000;  // bytes, of the text and of the hint
inline constexpr std::size_t kMostTaskWord = 200;   // bytes of each part of a trace
inline constexpr std::uint32_t kMostPoints = 1000;
inline constexpr std::size_t kMostMemberName = 128;  // bytes

// Whether it is 1 to 32 of a-z, 0-9 and "-".
bool IsTaskId(std::string_view id);

struct TaskFault {
  const char* field;  // of CourseTask: where it is
  std::string why;
};
// Returns what is wrong with the task, or nothing.
std::optional<TaskFault> WrongIn(const CourseTask& task);

}  // namespace zoobar
