#include "course/recogniser.h"

#include <algorithm>

#include "course/rules.h"

namespace zoobar {
namespace {

bool IsMember(std::string_view name) { return !name.empty() && name.size() <= kMostMemberName; }

// Returns the member whom the line names, if the line is like `trace`.
std::optional<std::string_view> MemberIn(const TaskTrace& trace, std::string_view role, std::string_view event,
                                         const TaskRecogniser::Fields& fields) {
  if (trace.event().empty() || trace.event() != event || trace.role() != role) return std::nullopt;
  const bool like = std::ranges::all_of(trace.field(), [&fields](const TaskTrace::Field& wanted) {
    const std::optional<std::string_view> value = fields(wanted.name());
    return value && *value == wanted.value();
  });
  return like ? fields(trace.member()) : std::nullopt;
}

// Whether `request` is "METHOD PATH".
bool IsRequest(std::string_view request, std::string_view method, std::string_view path) {
  return request.size() == method.size() + 1 + path.size() && request.starts_with(method) &&
         request[method.size()] == ' ' && request.ends_with(path);
}

}  // namespace

void TaskRecogniser::Event(std::string_view role, std::string_view event, const Fields& fields,
                           const Found& found) const {
  for (const CourseTask& task : tasks_.task()) {
    for (const TaskTrace& trace : task.done()) {
      const std::optional<std::string_view> member = MemberIn(trace, role, event, fields);
      if (!member || !IsMember(*member)) continue;
      found(task.id(), *member);
      break;
    }
  }
}

void TaskRecogniser::Request(std::string_view role, std::string_view method, std::string_view path,
                             std::uint32_t status, std::string_view member, const Found& found) const {
  constexpr std::uint32_t kFirstFailure = 400;
  if (!IsMember(member) || status >= kFirstFailure || (role != "app" && role != "login")) return;
  for (const CourseTask& task : tasks_.task()) {
    const bool done = std::ranges::any_of(task.done(), [&](const TaskTrace& trace) {
      return !trace.request().empty() && IsRequest(trace.request(), method, path);
    });
    if (done) found(task.id(), member);
  }
}

}  // namespace zoobar
