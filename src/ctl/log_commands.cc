// The commands for the site's logs.
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "logger.pb.h"
#include "logs/verify.h"
#include "logs/view.h"

namespace zoobar {
namespace log_commands {
namespace {

RecentRequest::Which WhichLog(const Arguments& arguments) {
  if (arguments.Has("--security")) return RecentRequest::WHICH_SECURITY;
  if (arguments.Has("--alarms")) return RecentRequest::WHICH_ALARMS;
  if (arguments.Has("--audit")) return RecentRequest::WHICH_AUDIT;
  if (arguments.Has("--money")) return RecentRequest::WHICH_MONEY;
  if (arguments.Has("--trace")) return RecentRequest::WHICH_TRACE;
  return arguments.Has("--access") ? RecentRequest::WHICH_ACCESS : RecentRequest::WHICH_UNSPECIFIED;
}

LogOptions OptionsIn(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  LogOptions options;
  options.which = WhichLog(arguments);
  options.all = arguments.Has("--all");
  options.lines = static_cast<std::uint32_t>(arguments.Number("--lines"));
  options.request = arguments.Text("--request");
  options.follow = arguments.Has("--follow");
  options.roles = arguments.All("--role");
  options.level = arguments.Text("--level");
  options.member = arguments.Text("--member");
  options.since = arguments.Text("--since");
  options.until = arguments.Text("--until");
  options.json = invocation.json();
  options.text = arguments.Has("--text");
  options.terminal = isatty(STDOUT_FILENO) == 1;
  options.colour = options.terminal && !std::getenv("NO_COLOR");
  return options;
}

Task<Result<int>> ShowRecent(Conversation& ctl) {
  const LogOptions options = OptionsIn(ctl.invocation());
  LogRequest request;
  request.mutable_recent()->set_which(options.which == RecentRequest::WHICH_UNSPECIFIED ? RecentRequest::WHICH_EVENTS
                                                                                        : options.which);
  request.mutable_recent()->set_lines(options.lines > 0 ? options.lines : kLogLines);
  CO_TRY(const RecentReply recent, ctl.Ask<RecentReply>(request));
  PrintRecent(recent, options, ctl.out());
  co_return kCtlOk;
}

// What logger keeps in memory needs a running site. Everything else is read from the files, which root alone can do.
int Show(const Invocation& invocation) {
  const LogOptions options = OptionsIn(invocation);
  if (!options.needs_files()) return ConverseWithSite(invocation, ShowRecent);
  SaySite(invocation);
  return ShowLogs(options, invocation.arguments.Text("--state-dir"), *invocation.out, *invocation.err);
}

// Where the running logger says that the sealed logs end. Empty if no site runs, or if it does not answer.
std::optional<SealedEndsReply> AskForEnds(const Invocation& invocation) {
  std::optional<SealedEndsReply> ends;
  Result<Fd> socket = ConnectToControl(invocation.arguments.Text("--state-dir"));
  if (!socket.ok()) return ends;
  const auto ask = [&ends](Conversation& ctl) -> Task<Result<int>> {
    auto asking = ctl.Ask<SealedEndsReply>(SealedEndsRequest());
    Result<SealedEndsReply> reply = co_await asking;
    if (reply.ok()) ends = std::move(*reply);
    co_return kCtlOk;
  };
  ConverseOn(invocation, std::move(*socket), ask);
  return ends;
}

int CheckSeals(const Invocation& invocation) {
  SaySite(invocation);
  const LogVerifyOptions options{.state_dir = invocation.arguments.Text("--state-dir"),
                                 .files = invocation.arguments.All("FILE"),
                                 .json = invocation.json()};
  const std::optional<SealedEndsReply> ends =
      options.files.empty() ? AskForEnds(invocation) : std::optional<SealedEndsReply>();
  return VerifyLogs(options, ends ? &*ends : nullptr, *invocation.out, *invocation.err);
}

constexpr CommandOption kVerifyOptions[] = {
    {.name = "FILE",
     .takes = Takes::kFile,
     .help = "files that were copied away, the oldest first; default: all of the site",
     .repeatable = true},
};
constexpr Example kVerifyExamples[] = {
    {"ctl log verify", "prints \"sound\", or each line that was changed, removed, moved or cut off"}};
constexpr ExitCode kVerifyExits[] = {{kCtlBad, "a record was changed, removed, moved or cut off"}};
constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warning", "error"};
constexpr CommandOption kLogOptions[] = {
    {.name = "--security", .help = "security events only"},
    {.name = "--alarms", .help = "alarms only: what no anonymous client can cause"},
    {.name = "--access", .help = "HTTP requests"},
    {.name = "--audit", .help = "sealed records: the operator's acts, and security events"},
    {.name = "--money", .help = "sealed records: transfers, payments, offers, corrections and opened accounts"},
    {.name = "--trace", .help = "the calls between roles of traced requests"},
    {.name = "--all", .help = "all logs, in order of time"},
    {.name = "-n,--lines",
     .takes = Takes::kNumber,
     .value = "COUNT",
     .help = "how many lines, the newest ones; default: 20, or 10,000 of a request",
     .most = 4294967295},
    {.name = "--request",
     .takes = Takes::kText,
     .value = "ID",
     .help = "the way of the request with this id through all roles, in all logs"},
    {.name = "--follow", .help = "go on with new lines, until Ctrl-C or until the site stops"},
    {.name = "--role",
     .takes = Takes::kText,
     .value = "ROLE",
     .help = "lines of this role; may be repeated",
     .repeatable = true},
    {.name = "--level",
     .takes = Takes::kWord,
     .value = "LEVEL",
     .help = "lines of at least this level",
     .words = kLevels},
    {.name = "--member", .takes = Takes::kMember, .value = "NAME", .help = "lines that name this member"},
    {.name = "--since",
     .takes = Takes::kText,
     .value = "TIME",
     .help = "lines from this time on: 2024-02-29T12:34:56Z, or \"10m ago\" (s, m, h, d, w)"},
    {.name = "--until", .takes = Takes::kText, .value = "TIME", .help = "lines up to this time"},
    {.name = "--text", .help = "print text for people, as on a terminal, instead of JSON"},
};
constexpr Example kLogExamples[] = {
    {"ctl log -n 100", "prints the newest hundred lines of the event log"},
    {"ctl log --alarms", "prints the alarms; no flood of other events pushes them out"},
    {"ctl log --request 4bf92f3577b34da6a3ce929d0e0e4736", "shows the way of one request through all roles"},
    {"ctl log --follow --role bank --level warning", "shows what goes wrong in bank, as it happens"},
};
constexpr ExitCode kLogExits[] = {{kCtlBad, "there is no line of the request"}};

constexpr Command kCommands[] = {
    {.name = "ctl log",
     .does = "show lines of the logs: the newest ones, or those of a request, a member, a role, a time",
     .details =
         "On a terminal the lines are text. Elsewhere, and with --json, each line is one JSON object. Without an "
         "option, the lines are the newest of the event log. With --all, --follow or an option that chooses lines, "
         "they are read from the files, also from rotated ones; the site need not run (docs/logs.md).",
     .options = kLogOptions,
     .examples = kLogExamples,
     .exits = kLogExits,
     .run = Show},
    {.name = "ctl log verify",
     .does = "check the seals of audit.log and money.log",
     .details = "Works with the site running or stopped. docs/audit.md says what the seals prove.",
     .options = kVerifyOptions,
     .examples = kVerifyExamples,
     .exits = kVerifyExits,
     .root_only = true,
     .run = CheckSeals},
};

}  // namespace
}  // namespace log_commands

CommandGroup LogCommands() { return {"Logs", log_commands::kCommands}; }

}  // namespace zoobar
