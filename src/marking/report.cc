#include "marking/report.h"

#include <fcntl.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "config/task_file.h"
#include "credentials/names.h"
#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "logs/reader.h"
#include "operator/csv.h"
#include "operator/ctl_print.h"
#include "operator/exit_status.h"
#include "operator/member_files.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

// Security events are in events.log too. audit.log has the lines `task-done` for longest.
constexpr const char* kLogs[] = {"events", "access", "money", "audit"};

// The names are brought into the form in which the site stores them.
Result<std::vector<std::string>> ReadClass(const std::string& file) {
  std::vector<std::string> members;
  if (file.empty()) return members;
  TRY(const std::string text, ReadListFile(file));
  Result<std::vector<std::string>> names = FirstColumn(text);
  if (!names.ok()) return Error{file + ": " + names.error().text};
  for (const std::string& name : *names) {
    std::optional<std::string> stored = NormalisedName(name);
    if (!stored) return Error::Of("{}: no member can have the name \"{}\"", file, Printable(name));
    members.push_back(std::move(*stored));
  }
  if (members.empty()) return Error{file + ": there is no name in it"};
  return members;
}

Status ReadLogs(const std::string& state_dir, std::int64_t since_us, Marks& marks) {
  const std::string folder = state_dir + "/log";
  const Fd directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    const std::string why = errno == EACCES ? "; only root may read the files of the logs" : "";
    return Error{Error::FromErrno(folder).text + why};
  }
  for (const char* name : kLogs) {
    TRY(LogReader reader, LogReader::Open(directory.get(), name, since_us));
    reader.Read([&marks](std::string_view text) {
      if (!marks.MayMatter(text)) return;
      if (const std::optional<LogLine> line = ParseLogLine(text)) marks.Take(*line);
    });
  }
  return {};
}

std::string TimeIn(const ReportRow& row, const std::string& task) {
  const auto found = row.done.find(task);
  return found == row.done.end() ? "" : IsoTime(found->second);
}

void PrintCsv(const std::vector<ReportRow>& rows, const Config::Tasks& tasks, std::ostream& out) {
  out << "name,points,tasks";
  for (const CourseTask& task : tasks.task()) out << ',' << CsvCell(task.id());
  out << "\r\n";
  for (const ReportRow& row : rows) {
    out << CsvCell(row.member) << ',' << row.points << ',' << row.done.size();
    for (const CourseTask& task : tasks.task()) out << ',' << TimeIn(row, task.id());
    out << "\r\n";
  }
}

void PrintJson(const std::vector<ReportRow>& rows, const Config::Tasks& tasks, std::ostream& out) {
  nlohmann::ordered_json report = {{"tasks", nlohmann::ordered_json::array()},
                                   {"members", nlohmann::ordered_json::array()}};
  for (const CourseTask& task : tasks.task())
    report["tasks"].push_back({{"id", task.id()}, {"title", task.title()}, {"points", task.points()}});
  for (const ReportRow& row : rows) {
    nlohmann::ordered_json done = nlohmann::ordered_json::object();
    for (const auto& [task, time_ms] : row.done) done[task] = IsoTime(time_ms);
    report["members"].push_back({{"name", MendUtf8(row.member)},
                                 {"points", row.points},
                                 {"tasks", row.done.size()},
                                 {"done", std::move(done)}});
  }
  out << report.dump(1) << '\n';
}

void PrintForPeople(const std::vector<ReportRow>& rows, const Config::Tasks& tasks, std::ostream& out) {
  std::vector<std::vector<std::string>> cells;
  cells.reserve(rows.size());
  std::map<std::string, std::size_t> by_task;
  for (const ReportRow& row : rows) {
    std::string done;
    for (const CourseTask& task : tasks.task()) {
      if (!row.done.contains(task.id())) continue;
      ++by_task[task.id()];
      done += (done.empty() ? "" : " ") + task.id();
    }
    cells.push_back({Printable(row.member), std::to_string(row.points),
                     fmt::format("{} of {}", row.done.size(), tasks.task_size()), done});
  }
  PrintTable({"NAME", ">POINTS", ">TASKS", "DONE"}, cells, out);
  out << '\n';
  cells.clear();
  for (const CourseTask& task : tasks.task())
    cells.push_back({task.id(), std::to_string(task.points()), fmt::format("{} of {}", by_task[task.id()], rows.size()),
                     Printable(task.title())});
  PrintTable({"TASK", ">POINTS", ">MEMBERS", "TITLE"}, cells, out);
}

}  // namespace

Result<Config::Tasks> ReadTasks(const std::string& file) {
  TRY(const std::string text, ReadConfigFile(AT_FDCWD, file));
  Config config;
  TRY_STATUS(AddTasks(file, text, *config.mutable_tasks()));
  ConfigSources sources;
  sources.file = file;
  TRY_STATUS(CompleteTasks(sources, config));
  return std::move(*config.mutable_tasks());
}

std::vector<ReportRow> RowsOf(const Marks& marks, const std::vector<std::string>& members) {
  std::map<std::string, std::uint32_t> points;
  for (const CourseTask& task : marks.tasks().task()) points[task.id()] = task.points();
  std::vector<ReportRow> rows;
  const auto add = [&](const std::string& member, const Marks::OfMember& done) {
    ReportRow& row = rows.emplace_back();
    row.member = member;
    row.done = done;
    for (const auto& [task, time_ms] : done) row.points += points[task];
  };
  if (members.empty()) {
    for (const auto& [member, done] : marks.members()) add(member, done);
  }
  for (const std::string& member : members) {
    const auto found = marks.members().find(member);
    add(member, found == marks.members().end() ? Marks::OfMember() : found->second);
  }
  return rows;
}

void PrintReport(const std::vector<ReportRow>& rows, const Config::Tasks& tasks, ReportForm form, std::ostream& out) {
  switch (form) {
    case ReportForm::kCsv:
      return PrintCsv(rows, tasks, out);
    case ReportForm::kAsJson:
      return PrintJson(rows, tasks, out);
    case ReportForm::kForPeople:
      return PrintForPeople(rows, tasks, out);
  }
}

int ReportClass(const ReportOptions& options, Config::Tasks tasks, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](int status, const Error& why) {
    err << "zoobar ctl: " << Printable(why.text) << '\n';
    return status;
  };
  Marks::Options which;
  which.raw = options.raw;
  const Result<std::int64_t> since = MomentOf("--since", options.since, WallMicros(), which.since_us);
  if (!since.ok()) return fail(kCtlUsage, since.error());
  const Result<std::int64_t> until = MomentOf("--until", options.until, WallMicros(), which.until_us);
  if (!until.ok()) return fail(kCtlUsage, until.error());
  which.since_us = *since;
  which.until_us = *until;
  const Result<std::vector<std::string>> members = ReadClass(options.class_file);
  if (!members.ok()) return fail(kCtlUsage, members.error());
  Marks marks(std::move(tasks), which);
  const Status read = ReadLogs(options.state_dir, which.since_us, marks);
  if (!read.ok()) return fail(kCtlRefused, read.error());
  PrintReport(RowsOf(marks, *members), marks.tasks(), options.form, out);
  return kCtlOk;
}

}  // namespace zoobar
