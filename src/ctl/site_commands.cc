// The commands for the site as a whole: is it well, read the configuration again, stop.
#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator/health.h"

namespace zoobar {
namespace site_commands {
namespace {

void PrintNow(const StatusReply& status, std::ostream& out) { PrintProcesses(status, WallMillis(), out); }

template <auto Print, auto Judge>
Task<Result<int>> Show(Conversation& ctl) {
  CO_TRY(const StatusReply status, ctl.Ask<StatusReply>(StatusRequest()));
  ctl.Show(status, Print);
  co_return Judge(status);
}

void PrintReloaded(const ReloadReply& reply, std::ostream& out) {
  out << "Reloaded.\n";
  if (reply.needs_restart()) {
    out << "Changes to listeners, certificates, ids, folders or stores need a restart of the site.\n";
  }
}

Task<Result<int>> Reload(Conversation& ctl) {
  CO_TRY(const ReloadReply reply, ctl.Ask<ReloadReply>(ReloadRequest()));
  if (!reply.refused().empty()) co_return ctl.Fail(kCtlBad, "not reloaded, nothing changed: " + reply.refused());
  ctl.Show(reply, PrintReloaded);
  co_return kCtlOk;
}

// Asks the site to stop, and returns when it has stopped. Then admin has ended too, which has closed the connection.
Task<Result<int>> Shutdown(Conversation& ctl) {
  CO_TRY_STATUS(ctl.Done<ShutdownReply>(ShutdownRequest()));
  Promised<bool>& closed = ctl.closed();
  co_await closed;
  ctl.Say("stopped");
  co_return kCtlOk;
}

constexpr Example kStatusExamples[] = {
    {"ctl status", "shows the site on /var/lib/zoobar"},
    {"ctl status --state-dir /srv/zoobar --json", "prints the same of another site as JSON, for a monitor"},
};
constexpr ExitCode kStatusExits[] = {
    {kCtlBad,
     "a role does not answer or is degraded, the site drains, no program is run because a wall is missing, or a "
     "certificate ends soon"},
};
constexpr Example kHealthExamples[] = {{"ctl health", "is the health check of the container image"}};
constexpr ExitCode kHealthExits[] = {{kCtlBad, "a role does not answer"}};
constexpr Example kPsExamples[] = {{"ctl ps", "lists pid, uid and age of each process"}};
constexpr Example kReloadExamples[] = {
    {"ctl reload", "reads the file again that --config named when the site started"}};
constexpr ExitCode kReloadExits[] = {{kCtlBad, "the configuration is wrong. The line says where; nothing has changed"}};
constexpr Example kShutdownExamples[] = {{"ctl shutdown", "stops the site and returns when it has stopped"}};

constexpr Command kCommands[] = {
    {.name = "ctl status",
     .does = "show whether every role runs, answers, or is degraded",
     .details =
         "Prints problems first, then one row for each role, the queues, and the counters. Each role is asked and has "
         "a second to answer.",
     .examples = kStatusExamples,
     .exits = kStatusExits,
     .converse = Show<PrintStatus, HealthOf>},
    {.name = "ctl health",
     .does = "say by the exit status whether every role answers",
     .details = "For what restarts a site that hangs, such as a container engine.",
     .examples = kHealthExamples,
     .exits = kHealthExits,
     .converse = Show<PrintLife, LifeOf>},
    {.name = "ctl ps",
     .does = "list the site's processes",
     .details = "Prints the pid, the uid and the age of each role's process, in the manner of ps(1).",
     .examples = kPsExamples,
     .exits = kStatusExits,
     .converse = Show<PrintNow, HealthOf>},
    {.name = "ctl reload",
     .does = "read the configuration again",
     .details = "The new settings count from the next request on. Listeners, certificates, ids, folders and stores are "
                "fixed when the site starts; if one of them has changed, the command says that a restart is needed.",
     .examples = kReloadExamples,
     .exits = kReloadExits,
     .converse = Reload},
    {.name = "ctl shutdown",
     .does = "finish the requests in flight, then stop",
     .details = "The site accepts no new connections, finishes what is in flight within drain_seconds of the "
                "configuration, and stops. A second shutdown meanwhile stops it at once.",
     .examples = kShutdownExamples,
     .asks = Asks::kOnTerminal,
     .question = "Stop the site?",
     .converse = Shutdown},
};

}  // namespace
}  // namespace site_commands

CommandGroup SiteCommands() { return {"The site", site_commands::kCommands}; }

}  // namespace zoobar
