#include "marking/marks.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace zoobar {
namespace {

constexpr std::string_view kRole = "course", kEvent = "task-done";

// "GET /path 200" of a line of the access log.
struct AccessWords {
  std::string_view method, path;
  std::uint32_t status = 0;  // 0: the line is not of this form
};

AccessWords WordsOf(std::string_view event) {
  AccessWords words;
  const std::size_t first = event.find(' '), last = event.rfind(' ');
  if (first == std::string_view::npos || first == last) return words;
  words.method = event.substr(0, first);
  words.path = event.substr(first + 1, last - first - 1);
  const std::string_view status = event.substr(last + 1);
  std::from_chars(status.data(), status.data() + status.size(), words.status);
  return words;
}

}  // namespace

Marks::Marks(Config::Tasks tasks, Options options) : recogniser_(std::move(tasks)), options_(options) {
  std::set<std::string> words;
  if (!options_.raw) words.insert(std::string(kEvent));
  for (const CourseTask& task : recogniser_.tasks().task()) {
    points_[task.id()] = task.points();
    // A request's method and path are apart in a line. The path has what JSON would escape only if nobody can request it.
    for (const TaskTrace& trace : task.done())
      words.insert(trace.request().empty() ? trace.event() : trace.request().substr(trace.request().find('/')));
  }
  words_.assign(words.begin(), words.end());
}

bool Marks::MayMatter(std::string_view text) const {
  return std::ranges::any_of(words_, [text](const std::string& word) { return text.find(word) != text.npos; });
}

void Marks::Take(const LogLine& line) {
  if (line.time_us < options_.since_us || line.time_us > options_.until_us) return;
  const auto found = [&](const std::string& task, std::string_view member) { Note(task, member, line.time_us); };
  const auto field = [&line](std::string_view name) -> std::optional<std::string_view> {
    const std::string* const value = line.Find(name);
    return value ? std::optional<std::string_view>(*value) : std::nullopt;
  };
  if (line.access) {
    const AccessWords words = WordsOf(line.event);
    const std::string* const member = line.Find("member");
    if (member && words.status != 0)
      recogniser_.Request(line.role, words.method, words.path, words.status, *member, found);
    return;
  }
  recogniser_.Event(line.role, line.event, field, found);
  if (options_.raw || line.role != kRole || line.event != kEvent) return;
  const std::string* const task = line.Find("task");
  const std::string* const member = line.Find("member");
  if (task && member && points_.contains(*task)) Note(*task, *member, line.time_us);
}

void Marks::Note(const std::string& task, std::string_view member, std::int64_t time_us) {
  const std::int64_t time_ms = time_us / 1000;
  const auto [at, fresh] = members_[std::string(member)].emplace(task, time_ms);
  if (!fresh) at->second = std::min(at->second, time_ms);
}

}  // namespace zoobar
