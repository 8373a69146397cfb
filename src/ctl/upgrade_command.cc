// `zoobar ctl upgrade`: lets the roles of a running site run the program that was installed in the place of its own.
#include <algorithm>
#include <set>

#include "admin.pb.h"
#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator.pb.h"

namespace zoobar {
namespace upgrade_command {
namespace {

constexpr Milliseconds kAgain{500};  // between two tries to restart a process that may not be restarted yet
constexpr int kTries = 40;           // the master allows one restart of a process in ten seconds

using Process = std::pair<Role, std::uint32_t>;

std::string NameOf(const Process& process) { return fmt::format("{} {}", RoleName(process.first), process.second); }

// The processes that run another program than `program`, in the order in which they are restarted: first echo, which
// nobody needs, so that a bad program shows itself there; logger and admin last.
std::vector<Process> ProcessesOfAnother(const StatusReply& status, std::uint32_t program) {
  std::vector<Process> processes;
  for (const StatusReply::Member& member : status.roles()) {
    const Roster::Entry& entry = member.entry();
    if (entry.role() != ROLE_MASTER && entry.program() != program)
      processes.emplace_back(entry.role(), entry.instance());
  }
  const auto rank = [](const Process& process) {
    const Role role = process.first;
    return role == ROLE_ECHO ? 0 : role == ROLE_LOGGER ? 2 : role == ROLE_ADMIN ? 3 : 1;
  };
  std::ranges::stable_sort(processes, {}, rank);
  return processes;
}

// Restarts a process. Returns how long it took, in milliseconds, or an Error if the next process did not become ready.
Task<Result<std::int64_t>> Restart(Conversation& ctl, Process process) {
  for (int left = kTries;; --left) {
    RestartRoleRequest request;
    request.set_role(process.first);
    request.set_instance(process.second);
    auto call = ctl.Ask<RestartRoleReply>(std::move(request));
    const Result<RestartRoleReply> reply = co_await call;
    if (!reply.ok() && process.first == ROLE_ADMIN && !ctl.open()) co_return 0;  // it has ended with the connection
    if (!reply.ok()) co_return reply.error();
    if (reply->refused().empty()) co_return reply->millis();
    if (reply->failed() || left == 0) co_return Error{reply->refused()};
    auto rest = Sleep(ctl.loop(), kAgain);
    co_await rest;
  }
}

// Goes back to the program before. The process that failed is started with it by the master.
Task<Result<int>> GoBack(Conversation& ctl, std::vector<Process> changed, Process failed, std::string why) {
  UpgradeRequest request;
  request.set_back(true);
  CO_TRY(const UpgradeReply reply, ctl.Ask<UpgradeReply>(request));
  if (!reply.refused().empty()) co_return ctl.Fail(kCtlBad, "not upgraded, and not taken back: " + reply.refused());
  for (const Process& process : changed) {
    CO_TRY([[maybe_unused]] const std::int64_t millis, Restart(ctl, process));
  }
  co_return ctl.Fail(kCtlBad,
                     fmt::format("not upgraded: {} did not start with the installed program: {}. All roles run "
                                 "the one from before. zoobar ctl log --role {} may say more",
                                 NameOf(failed), why, RoleName(failed.first)));
}

void Print(const Upgraded& upgraded, std::ostream& out) {
  out << fmt::format(
      "Upgraded: {} processes run the installed program, after {}; {} took longest, {}. The master runs its "
      "own until the site is started again.\n",
      upgraded.processes(), Duration(upgraded.millis()), upgraded.longest(), Duration(upgraded.longest_millis()));
}

Task<Result<int>> Upgrade(Conversation& ctl) {
  const std::int64_t began = MonotonicMicros();
  CO_TRY(const UpgradeReply taken, ctl.Ask<UpgradeReply>(UpgradeRequest()));
  CO_TRY(const StatusReply status, ctl.Ask<StatusReply>(StatusRequest()));
  // An upgrade that was interrupted goes on, although its program is the one in use.
  const std::vector<Process> processes = ProcessesOfAnother(status, taken.program());
  if (!taken.refused().empty() && processes.empty()) co_return ctl.Fail(kCtlBad, "not upgraded: " + taken.refused());
  Upgraded upgraded;
  std::vector<Process> changed;
  for (const Process& process : processes) {
    auto restarting = Restart(ctl, process);
    const Result<std::int64_t> millis = co_await restarting;
    if (!millis.ok() && !ctl.open()) co_return millis.error();
    if (!millis.ok()) {
      auto back = GoBack(ctl, std::move(changed), process, millis.error().text);
      co_return co_await back;
    }
    changed.push_back(process);
    if (*millis >= upgraded.longest_millis()) {
      upgraded.set_longest(NameOf(process));
      upgraded.set_longest_millis(*millis);
    }
    if (!ctl.json()) ctl.out() << fmt::format("{}: {}\n", NameOf(process), Duration(*millis)) << std::flush;
  }
  upgraded.set_processes(static_cast<std::uint32_t>(changed.size()));
  upgraded.set_millis((MonotonicMicros() - began) / 1000);
  ctl.Show(upgraded, Print);
  co_return kCtlOk;
}

constexpr Example kExamples[] = {{"ctl upgrade", "after a new package or build was installed in the same place"}};
constexpr ExitCode kExits[] = {
    {kCtlBad,
     "not upgraded: the installed program is the one in use, it needs a restart of the site, or a role did not start "
     "with it. Then all roles run the program from before"},
};

constexpr Command kCommands[] = {
    {.name = "ctl upgrade",
     .does = "let the roles run the newly installed program, without stopping the site",
     .details =
         "Takes the program that is installed where the site's own program was when it started, and restarts each role "
         "with it, one process after another, as ctl role restart does. echo is first: a program that does not start "
         "there is not used. If a role does not start with it, all go back to the program before.\n\n"
         "The program must have the same contract as the running one: the same messages, methods and grants. Another "
         "one "
         "is refused, and the site must be restarted (docs/upgrade.md). The master itself runs its own program until "
         "then. Nobody but root may be able to replace the program's file.",
     .examples = kExamples,
     .exits = kExits,
     .asks = Asks::kOnTerminal,
     .question = "Let all roles run the installed program?",
     .converse = Upgrade},
};

}  // namespace
}  // namespace upgrade_command

CommandGroup UpgradeCommand() { return {"Upgrading", upgrade_command::kCommands}; }

}  // namespace zoobar
