// The page with the tasks of a course.
#include <fmt/format.h>

#include "pages/sheet.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

using ctemplate::TemplateDictionary;

std::string Points(std::uint32_t points) { return points == 1 ? "1 point" : fmt::format("{} points", points); }

std::string SummaryOf(const TasksPage& page) {
  std::uint32_t done = 0, points = 0, all = 0;
  for (const TasksPage::Item& item : page.items) {
    all += item.points;
    if (item.done_ms == 0) continue;
    ++done;
    points += item.points;
  }
  return fmt::format("You have done {} of {} tasks: {} of {}.", done, page.items.size(), points, Points(all));
}

void AddTask(TemplateDictionary& into, const TasksPage::Item& item) {
  TemplateDictionary& task = *into.AddSectionDictionary("TASK");
  task.SetValueWithoutCopy("NAME", Str(item.title));
  task.SetValue("POINTS", Points(item.points));
  for (std::string_view paragraph : item.text)
    task.AddSectionDictionary("PARAGRAPH")->SetValueWithoutCopy("TEXT", Str(paragraph));
  if (!item.hint.empty()) {
    TemplateDictionary& hint = *task.AddSectionDictionary("HINT");
    hint.SetValueWithoutCopy("TEXT", Str(item.hint));
    hint.SetValueWithoutCopy("NAME", Str(item.title));
  }
  TemplateDictionary& state = *task.AddSectionDictionary(item.done_ms != 0 ? "DONE" : "OPEN");
  if (item.done_ms == 0) return;
  state.SetValue("TIME", ReadableTime(item.done_ms));
  state.SetValue("ISO", IsoTime(item.done_ms));
}

void AddBoard(TemplateDictionary& into, const TasksPage& page) {
  TemplateDictionary& board = *into.AddSectionDictionary("BOARD");
  if (page.rows.empty()) return board.ShowSection("NOBODY");
  TemplateDictionary& list = *board.AddSectionDictionary("LIST");
  std::uint32_t place = 0;
  for (const TasksPage::Row& from : page.rows) {
    TemplateDictionary& row = *list.AddSectionDictionary("ROW");
    row.SetIntValue("PLACE", ++place);
    row.SetValueWithoutCopy("NAME", Str(from.member));
    row.SetIntValue("POINTS", from.points);
    row.SetIntValue("TASKS", from.tasks);
    if (from.member == page.member) row.ShowSection("SELF");
  }
  if (page.members > page.rows.size()) {
    const std::string own = page.place == 0 ? "You have no place yet." : fmt::format("You are number {}.", page.place);
    list.AddSectionDictionary("MORE")->SetValue(
        "TEXT", fmt::format("These are the first {} of {} members. {}", page.rows.size(), page.members, own));
  }
}

}  // namespace

std::string Pages::Render(const TasksPage& page) const {
  Sheet sheet(*this, "tasks", "Tasks", page.member, Sheet::Place::kTasks);
  sheet.content().SetValue("SUMMARY", SummaryOf(page));
  for (const TasksPage::Item& item : page.items) AddTask(sheet.content(), item);
  if (page.board) AddBoard(sheet.content(), page);
  return sheet.Done();
}

}  // namespace zoobar
