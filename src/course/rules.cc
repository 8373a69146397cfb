#include "course/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace zoobar {
namespace {

std::string WrongInText(std::string_view text, std::size_t most) {
  if (text.empty()) return "is missing";
  return text.size() > most ? fmt::format("has {} bytes, and may have at most {}", text.size(), most) : "";
}

std::string WrongInFields(const TaskTrace& trace) {
  if (trace.field_size() > kMostTraceFields)
    return fmt::format("has {} fields, and may have at most {}", trace.field_size(), kMostTraceFields);
  for (const TaskTrace::Field& field : trace.field()) {
    if (field.name().empty() || field.name().size() > kMostTaskWord || field.value().size() > kMostTaskWord)
      return fmt::format("has a field without a name, or with more than {} bytes", kMostTaskWord);
  }
  return "";
}

std::string WrongInTrace(const TaskTrace& trace) {
  for (const std::string* word : {&trace.role(), &trace.event(), &trace.request(), &trace.member()}) {
    if (word->size() > kMostTaskWord) return fmt::format("has a value of more than {} bytes", kMostTaskWord);
  }
  if (trace.request().empty() == trace.event().empty()) return "needs either an event or a request";
  if (!trace.request().empty()) {
    const std::size_t blank = trace.request().find(" /");
    const bool method =
        blank != std::string::npos && (trace.request().starts_with("GET /") || trace.request().starts_with("POST /"));
    if (!method || trace.request().find_first_of("? ", blank + 1) != std::string::npos)
      return "has a request that is not GET or POST, a blank and a path without a query";
    if (trace.has_role() || trace.has_member() || trace.field_size() > 0)
      return "has a request, and so no role, member or field";
    return "";
  }
  if (trace.role().empty()) return "names an event and no role";
  if (trace.member().empty()) return "names an event, and not the field that has the member's name";
  return WrongInFields(trace);
}

}  // namespace

bool IsTaskId(std::string_view id) {
  return !id.empty() && id.size() <= kMostTaskId &&
         std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<TaskFault> WrongIn(const CourseTask& task) {
  if (!IsTaskId(task.id())) return TaskFault{"id", fmt::format("must be 1 to {} of a-z, 0-9 and \"-\"", kMostTaskId)};
  if (std::string why = WrongInText(task.title(), kMostTaskTitle); !why.empty()) return TaskFault{"title", why};
  if (std::string why = WrongInText(task.text(), kMostTaskText); !why.empty()) return TaskFault{"text", why};
  if (task.has_hint()) {
    if (std::string why = WrongInText(task.hint(), kMostTaskText); !why.empty()) return TaskFault{"hint", why};
  }
  if (task.points() > kMostPoints) return TaskFault{"points", fmt::format("must be 0 to {}", kMostPoints)};
  if (task.done_size() == 0) return TaskFault{"done", "is missing, so nobody could do the task"};
  if (task.done_size() > kMostTraces)
    return TaskFault{"done", fmt::format("stands {} times, at most {}", task.done_size(), kMostTraces)};
  for (const TaskTrace& trace : task.done()) {
    if (std::string why = WrongInTrace(trace); !why.empty()) return TaskFault{"done", why};
  }
  return std::nullopt;
}

}  // namespace zoobar
