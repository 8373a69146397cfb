// The commands for the roles' processes, and for taking no new connections for a while.
#include <algorithm>

#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "text/utf8.h"

namespace zoobar {
namespace role_commands {
namespace {

constexpr Milliseconds kLook{300};  // between two looks at whether the requests in flight are finished

std::vector<std::string> RowOf(const StatusReply::Member& member) {
  const Roster::Entry& entry = member.entry();
  return {std::string(RoleName(entry.role())),
          std::to_string(entry.instance()),
          entry.pid() > 0 ? std::to_string(entry.pid()) : "-",
          member.has_report() ? Duration(member.report().uptime_ms()) : "-",
          entry.starts() > 0 ? std::to_string(entry.starts() - 1) : "-",
          Printable(entry.state()) + (entry.degraded() ? ", degraded" : ""),
          member.answers() ? "yes" : "NO"};
}

// Prints the instances of each role together, in the order of the roles' names.
void PrintRoles(const StatusReply& status, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const StatusReply::Member& member : status.roles()) rows.push_back(RowOf(member));
  std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.front(); });
  PrintTable({"ROLE", ">#", ">PID", ">UP", ">RESTARTS", "STATE", "ANSWERS"}, rows, out);
}

Task<Result<int>> ListRoles(Conversation& ctl) {
  CO_TRY(const StatusReply status, ctl.Ask<StatusReply>(StatusRequest()));
  ctl.Show(status, PrintRoles);
  const bool well = std::ranges::all_of(
      status.roles(), [](const auto& member) { return member.answers() && !member.entry().degraded(); });
  co_return well ? kCtlOk : kCtlBad;
}

// The numbers of the instances that are meant, or an Error.
Result<std::vector<std::uint32_t>> InstancesOf(const StatusReply& status, Role role, const Arguments& arguments) {
  std::vector<std::uint32_t> instances;
  for (const StatusReply::Member& member : status.roles()) {
    if (member.entry().role() == role) instances.push_back(member.entry().instance());
  }
  if (!arguments.Has("--instance")) return instances;
  const auto wanted = static_cast<std::uint32_t>(arguments.Number("--instance"));
  if (std::ranges::find(instances, wanted) != instances.end()) return std::vector{wanted};
  return Error::Of("{} has no instance {}; its instances are 0 to {}", RoleName(role), wanted,
                   instances.empty() ? 0 : instances.size() - 1);
}

// Restarts one process, and says so.
Task<Result<int>> RestartOne(Conversation& ctl, Role role, std::uint32_t instance) {
  RestartRoleRequest request;
  request.set_role(role);
  request.set_instance(instance);
  auto call = ctl.Ask<RestartRoleReply>(std::move(request));
  const Result<RestartRoleReply> reply = co_await call;
  const std::string name = fmt::format("{} {}", RoleName(role), instance);
  if (!reply.ok() && role == ROLE_ADMIN && !ctl.open()) {
    ctl.Say(name + ": restarting; the connection to it has ended with it");
    co_return kCtlOk;
  }
  if (!reply.ok()) co_return reply.error();
  if (!reply->refused().empty()) co_return ctl.Fail(kCtlBad, name + " was not restarted: " + reply->refused());
  ctl.Show(*reply, [&name](const RestartRoleReply& restarted, std::ostream& out) {
    out << name << ": restarted in " << Duration(restarted.millis()) << '\n';
  });
  co_return kCtlOk;
}

// One instance after another, so that a role with several goes on serving meanwhile.
Task<Result<int>> RestartRole(Conversation& ctl) {
  const Role role = RoleByName(ctl.arguments().Text("ROLE"));
  CO_TRY(const StatusReply status, ctl.Ask<StatusReply>(StatusRequest()));
  const Result<std::vector<std::uint32_t>> instances = InstancesOf(status, role, ctl.arguments());
  if (!instances.ok()) co_return ctl.Fail(kCtlUsage, instances.error().text);
  if (instances->empty()) co_return ctl.Fail(kCtlBad, "this site has no process of this role");
  for (const std::uint32_t instance : *instances) {
    CO_TRY([[maybe_unused]] const int restarted, RestartOne(ctl, role, instance));
  }
  co_return kCtlOk;
}

bool IsFront(const StatusReply::Member& member) {
  const Role role = member.entry().role();
  return role == ROLE_EDGE || role == ROLE_DISPATCHER || role == ROLE_APP || role == ROLE_LOGIN;
}

// How many roles that clients reach are not in this state yet.
std::int64_t NotYet(const StatusReply& status, std::string_view state) {
  return std::ranges::count_if(status.roles(),
                               [&](const auto& member) { return IsFront(member) && member.entry().state() != state; });
}

// Waits until what is in flight is finished, or with --off until connections are taken again.
Task<Result<int>> Drain(Conversation& ctl) {
  const bool off = ctl.arguments().Has("--off");
  DrainRequest request;
  request.set_off(off);
  CO_TRY_STATUS(ctl.Done<DrainReply>(request));
  const std::string_view wanted = off ? "running" : "drained";
  for (;;) {
    CO_TRY(const StatusReply status, ctl.Ask<StatusReply>(StatusRequest()));
    if (status.draining() != off && NotYet(status, wanted) == 0) {
      ctl.Show(status, [off](const StatusReply&, std::ostream& out) {
        out << (off ? "The site takes connections.\n"
                    : "The site takes no connections, and none is in flight (zoobar ctl shutdown, or drain --off).\n");
      });
      co_return kCtlOk;
    }
    if (ctl.arguments().Has("--no-wait")) {
      ctl.Say(off ? "taking connections again" : "draining");
      co_return kCtlOk;
    }
    auto rest = Sleep(ctl.loop(), kLook);
    co_await rest;
  }
}

constexpr CommandOption kRestartOptions[] = {
    {.name = "ROLE", .takes = Takes::kRole, .help = "the role", .required = true},
    {.name = "--instance",
     .takes = Takes::kNumber,
     .value = "N",
     .help = "only this instance; default: all, one after another",
     .most = 126},
};
constexpr CommandOption kDrainOptions[] = {
    {.name = "--off", .help = "take connections again"},
    {.name = "--no-wait", .help = "return at once, and not when what is in flight is finished"},
};
constexpr Example kListExamples[] = {{"ctl role list", "shows pid, age, restarts and state of each process"}};
constexpr ExitCode kListExits[] = {{kCtlBad, "a role does not answer, or is degraded"}};
constexpr Example kRestartExamples[] = {
    {"ctl role restart bank", "starts bank anew; payments wait for it, and none is lost"},
    {"ctl role restart sanitizer --instance 1", "restarts only the second one"},
};
constexpr ExitCode kRestartExits[] = {
    {kCtlBad,
     "it was not restarted: the site is stopping or draining, the role is starting, or it was restarted less "
     "than 10 s ago"},
    {kCtlUsage, "there is no such role or instance. The master is none: stop the site and start it again"},
};
constexpr Example kDrainExamples[] = {
    {"ctl drain", "before maintenance behind a load balancer: returns when nobody is being served any more"},
    {"ctl drain --off", "takes connections again"},
};

constexpr Command kCommands[] = {
    {.name = "ctl role list",
     .does = "list the processes of each role",
     .details = "RESTARTS counts the processes that came after the first one, whoever ended those before.",
     .examples = kListExamples,
     .exits = kListExits,
     .converse = ListRoles},
    {.name = "ctl role restart",
     .does = "start a role's process anew, without stopping the site",
     .details = "The roles that call it hold their calls back for at most a second. The role finishes the calls in "
                "flight, at most "
                "for drain_seconds of the configuration; then it is killed, and the next process is started at once. A "
                "call that "
                "is not finished by then fails, and its visitor is told that the outcome is not known. A visitor whose "
                "call waits "
                "longer than a second is asked to try again.\n\n"
                "While dispatcher or edge finish, new connections wait in the kernel's queue. Runs of programs end "
                "with sandbox. "
                "The connection of zoobar ctl ends with admin. It does not count as a crash. The log names who asked.",
     .options = kRestartOptions,
     .examples = kRestartExamples,
     .exits = kRestartExits,
     .asks = Asks::kOnTerminal,
     .question = "Restart {ROLE}?",
     .converse = RestartRole},
    {.name = "ctl drain",
     .does = "take no new connections, and finish what is in flight",
     .details =
         "New connections are answered with 503 and closed, over TLS closed at once, so a load balancer sees that it "
         "must go "
         "elsewhere. Idle connections are closed, and the others after the answer that they wait for. All roles go on, "
         "zoobar ctl too: status says that the site drains. End it by zoobar ctl shutdown, or take it back by --off.",
     .options = kDrainOptions,
     .examples = kDrainExamples,
     .asks = Asks::kOnTerminal,
     .question = "Take no new connections, or, with --off, take them again?",
     .converse = Drain},
};

}  // namespace
}  // namespace role_commands

CommandGroup RoleCommands() { return {"The roles' processes", role_commands::kCommands}; }

}  // namespace zoobar
