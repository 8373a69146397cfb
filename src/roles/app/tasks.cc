// The part of app that serves the tasks of a course, if the operator has declared any.
#include <map>

#include "ipc/try.h"
#include "roles/app.h"

namespace zoobar {
namespace {

// Returns the paragraphs of a text: an empty line parts them.
std::vector<std::string_view> ParagraphsOf(std::string_view text) {
  constexpr std::string_view kBetween = "\n\n";
  std::vector<std::string_view> paragraphs;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kBetween), text.size());
    if (end > 0) paragraphs.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + kBetween.size(), text.size()));
  }
  return paragraphs;
}

// The page refers to the texts in `tasks` and `progress`.
TasksPage PageOf(const Config::Tasks& tasks, const ProgressReply& progress) {
  std::map<std::string_view, std::int64_t> done;
  for (const ProgressReply::Done& each : progress.done()) done[each.task()] = each.time_ms();
  TasksPage page;
  for (const CourseTask& task : tasks.task()) {
    TasksPage::Item& item = page.items.emplace_back();
    item.title = task.title();
    item.hint = task.hint();
    item.text = ParagraphsOf(task.text());
    item.points = task.points();
    if (const auto found = done.find(task.id()); found != done.end())
      item.done_ms = std::max<std::int64_t>(1, found->second);
  }
  page.board = tasks.scoreboard();
  for (const ProgressReply::Row& row : progress.board()) page.rows.push_back({row.member(), row.points(), row.tasks()});
  page.place = progress.place();
  page.members = progress.members();
  return page;
}

}  // namespace

App::Answered App::Tasks(WebRequest& web) {
  if (tasks_.task().empty()) co_return *NoSuchPage();
  CheckRequest who;
  CO_TRY(const CheckReply check, Check(web, std::move(who)));
  if (!check.session()) co_return ToLogin(web);
  ProgressRequest ask;
  ask.set_member(check.name());
  CO_TRY(const auto progress, course_.Call<ProgressReply>(std::move(ask)));
  const Config::Tasks tasks = tasks_;  // a reload may change them
  TasksPage page = PageOf(tasks, progress.message);
  page.member = check.name();
  co_return Html(pages_.Render(page), page.member);
}

}  // namespace zoobar
