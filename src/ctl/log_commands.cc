// The commands for the site's logs.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "logger.pb.h"

namespace zoobar {
namespace log_commands {
namespace {

RecentRequest::Which WhichLog(const Arguments& arguments) {
  if (arguments.Has("--security")) return RecentRequest::WHICH_SECURITY;
  if (arguments.Has("--alarms")) return RecentRequest::WHICH_ALARMS;
  return arguments.Has("--access") ? RecentRequest::WHICH_ACCESS : RecentRequest::WHICH_EVENTS;
}

Task<Result<int>> ShowLog(Conversation& ctl) {
  LogRequest request;
  request.mutable_recent()->set_which(WhichLog(ctl.arguments()));
  request.mutable_recent()->set_lines(static_cast<std::uint32_t>(ctl.arguments().Number("--lines")));
  CO_TRY(const RecentReply recent, ctl.Ask<RecentReply>(request));
  for (const std::string& line : recent.lines()) ctl.out() << Printable(line) << '\n';
  co_return kCtlOk;
}

constexpr CommandOption kLogOptions[] = {
    {.name = "--security", .help = "security events only"},
    {.name = "--alarms", .help = "alarms only: what no anonymous client can cause"},
    {.name = "--access", .help = "HTTP requests"},
    {.name = "-n,--lines",
     .takes = Takes::kNumber,
     .value = "COUNT",
     .help = "how many lines; logger gives at most 1000",
     .fallback = "20",
     .most = 4294967295},
};
constexpr Example kLogExamples[] = {
    {"ctl log -n 100", "prints the newest hundred lines of the event log"},
    {"ctl log --alarms", "prints the alarms; no flood of other events pushes them out"},
};

constexpr Command kCommands[] = {
    {.name = "ctl log",
     .does = "show the newest lines of a log",
     .details = "Each line is one JSON object. Without an option, the lines are those of the event log.",
     .options = kLogOptions,
     .examples = kLogExamples,
     .converse = ShowLog},
};

}  // namespace
}  // namespace log_commands

CommandGroup LogCommands() { return {"Logs", log_commands::kCommands}; }

}  // namespace zoobar
