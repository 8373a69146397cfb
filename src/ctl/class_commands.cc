// The commands for who teaches with a site.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "marking/report.h"

namespace zoobar {
namespace class_commands {
namespace {

// The tasks of the running site.
int AskForTasks(const Invocation& invocation, Config::Tasks& tasks) {
  const auto ask = [&tasks](Conversation& ctl) -> Task<Result<int>> {
    CO_TRY(ConfigurationReply reply, ctl.Ask<ConfigurationReply>(ConfigurationRequest()));
    tasks = std::move(*reply.mutable_config()->mutable_tasks());
    co_return kCtlOk;
  };
  const int status = ConverseWithSite(invocation, ask);
  if (status != kCtlOk || tasks.task_size() > 0) return status;
  return invocation.Fail(kCtlUsage, "the site has no tasks; --tasks=FILE names a file with tasks");
}

int Report(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const bool csv = arguments.Text("--format") == "csv";
  ReportOptions options{.state_dir = arguments.Text("--state-dir"),
                        .tasks_file = arguments.Text("--tasks"),
                        .since = arguments.Text("--since"),
                        .until = arguments.Text("--until"),
                        .class_file = arguments.Text("--class"),
                        .raw = arguments.Has("--raw"),
                        .form = csv ? ReportForm::kCsv : ReportForm::kForPeople};
  if (invocation.json()) options.form = ReportForm::kAsJson;
  Config::Tasks tasks;
  if (options.tasks_file.empty()) {
    const int status = AskForTasks(invocation, tasks);
    if (status != kCtlOk) return status;
  } else {
    SaySite(invocation);
    Result<Config::Tasks> read = ReadTasks(options.tasks_file);
    if (!read.ok()) return invocation.Fail(kCtlUsage, read.error().text);
    tasks = std::move(*read);
  }
  return ReportClass(options, std::move(tasks), *invocation.out, *invocation.err);
}

constexpr std::string_view kForms[] = {"table", "csv"};
constexpr CommandOption kReportOptions[] = {
    {.name = "--since",
     .takes = Takes::kText,
     .value = "TIME",
     .help = "what was done from this time on: 2024-02-29T12:34:56Z, or \"3h ago\" (s, m, h, d, w)"},
    {.name = "--until", .takes = Takes::kText, .value = "TIME", .help = "what was done up to this time"},
    {.name = "--format",
     .takes = Takes::kWord,
     .value = "FORM",
     .help = "a table for people, or CSV with a column for each task",
     .fallback = "table",
     .words = kForms},
    {.name = "--class",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "report the members in the first column of this file, also those who did nothing, and nobody else"},
    {.name = "--tasks",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "the file with the tasks; default: those of the running site"},
    {.name = "--raw", .help = "leave out what the role course has written, and recognise each task anew"},
};
constexpr Example kReportExamples[] = {
    {"ctl class report --since=\"3h ago\"", "shows what was done this afternoon"},
    {"ctl class report --class=class.csv --format=csv > marks.csv", "writes the marks of a class for a spreadsheet"},
};
constexpr ExitCode kReportExits[] = {{kCtlUsage, "the site has no tasks, or a file or a time is wrong"}};
constexpr Command kCommands[] = {
    {.name = "ctl class report",
     .does = "show which member has done which task of the course, and when",
     .details =
         "Reads the files of the logs. With --tasks the site need not run. A task counts from the first line that "
         "shows it. Files that were rotated away are not read; audit.log keeps the lines \"task-done\" for "
         "longest (docs/teaching.md).",
     .options = kReportOptions,
     .examples = kReportExamples,
     .exits = kReportExits,
     .root_only = true,
     .run = Report},
};

}  // namespace
}  // namespace class_commands

CommandGroup ClassCommands() { return {"A class", class_commands::kCommands}; }

}  // namespace zoobar
