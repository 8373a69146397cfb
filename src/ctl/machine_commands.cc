// The commands about this machine and this program, which need no site.
#include <set>

#include "confine/calls.h"
#include "credentials/hashing_pool.h"
#include "ctl/commands.h"
#include "ctl/completion.h"
#include "ctl/man_page.h"
#include "operator/doctor.h"
#include "operator/tune.h"
#include "roles/table.h"

namespace zoobar {
namespace machine_commands {
namespace {

int RunDoctor(const Invocation& invocation) {
  DoctorOptions options;
  options.sources = SourcesOf(invocation.arguments);
  return Diagnose(options, *invocation.out);
}

int RunTune(const Invocation& invocation) {
  return TuneArgon2(*invocation.out, invocation.arguments.Decimal("--target-ms"), HashingPool::DefaultThreads());
}

int PrintVersion(const Invocation& invocation) {
  *invocation.out << "zoobar " << ZOOBAR_VERSION << '\n';
  return kCtlOk;
}

int RunMan(const Invocation& invocation) {
  PrintManPage(*invocation.out);
  return kCtlOk;
}

int RunCompletion(const Invocation& invocation) {
  if (invocation.arguments.Text("SHELL") == "bash") PrintBashCompletion(*invocation.out);  // the parser allows no other
  return kCtlOk;
}

std::set<std::string> NamesOf(const std::vector<AllowedCall>& calls) {
  std::set<std::string> names;
  for (const AllowedCall& call : calls) {
    if (call.number >= 0) names.insert(CallName(call.number));
  }
  return names;
}

// Prints what a role may do, with the reasons that its source gives. With --names, prints the names of its system
// calls, one on each line; tools/trace-role compares the calls that it observes with this list.
int PrintPrivileges(const Invocation& invocation) {
  std::ostream& out = *invocation.out;
  const Privileges& privileges = FindRole(RoleByName(invocation.arguments.Text("ROLE")))->privileges;
  if (invocation.arguments.Has("--names")) {
    for (const std::string& call : NamesOf(CallsOf(privileges))) out << call << '\n';
    return kCtlOk;
  }
  if (privileges.folders.empty()) out << "folders: none, its root is empty\n";
  for (const FolderGrant& grant : privileges.folders) {
    out << "folder " << FolderPath(JailKind::kNamespaces, grant.folder) << ": " << grant.why << '\n';
  }
  for (const CapabilityGrant& grant : privileges.capabilities) {
    out << "capability " << grant.capability << ", in its own user namespace: " << grant.why << '\n';
  }
  out << "open files: at most " << privileges.limits.open_files << "; threads and processes: at most "
      << privileges.limits.processes << '\n';
  for (const CallGrant& grant : privileges.calls) {
    out << fmt::format("system calls {}:\n    {}\n", grant.why, fmt::join(NamesOf(CallsOf(grant.calls)), " "));
  }
  return kCtlOk;
}

constexpr CommandOption kTuneOptions[] = {
    {.name = "--target-ms",
     .takes = Takes::kDecimal,
     .value = "MS",
     .help = "how long one hash may take: 1 to 1000 milliseconds",
     .fallback = "50"},
};
constexpr CommandOption kPrivilegesOptions[] = {
    {.name = "ROLE", .takes = Takes::kRole, .help = "the role", .required = true},
    {.name = "--names", .help = "print only the names of its system calls"},
};
constexpr Example kDoctorExamples[] = {
    {"doctor", "checks this machine for the default configuration"},
    {"doctor --config /etc/zoobar.textproto", "checks it for that configuration"},
};
constexpr ExitCode kDoctorExits[] = {
    {kCtlOk, "a site with this configuration can start, or already runs"},
    {kCtlBad, "it cannot start. The last line says why"},
    {kCtlUsage, "the configuration is wrong"},
};
constexpr Example kTuneExamples[] = {{"tune-argon2", "suggests parameters with which a hash takes at most 50 ms"}};
constexpr ExitCode kTuneExits[] = {{kCtlBad, "nothing could be measured"}};
constexpr Example kPrivilegesExamples[] = {{"privileges bank", "prints what bank may do, with the reasons"}};
constexpr std::string_view kShells[] = {"bash"};
constexpr CommandOption kCompletionOptions[] = {
    {.name = "SHELL", .takes = Takes::kWord, .help = "the shell", .required = true, .words = kShells},
};
constexpr Example kManExamples[] = {
    {"man | man -l -", "shows the page"},
    {"man > /usr/local/share/man/man8/zoobar.8", "installs it for man zoobar"},
};
constexpr Example kCompletionExamples[] = {
    {"completion bash > /etc/bash_completion.d/zoobar", "installs it for all users, from their next shell on"},
};
constexpr Example kVersionExamples[] = {{"version", "prints one line: zoobar and its version"}};

constexpr Command kCommands[] = {
    {.name = "doctor",
     .does = "check what this machine can enforce, layer by layer",
     .details = "Tries each layer, and says what is missing and how to fix it. Start it as root, as the site would be.",
     .options = kConfigOptions,
     .examples = kDoctorExamples,
     .exits = kDoctorExits,
     .run = RunDoctor},
    {.name = "tune-argon2",
     .does = "measure password hashing here, and suggest its parameters",
     .details = "Takes less than 20 seconds. Prints configuration text.",
     .options = kTuneOptions,
     .examples = kTuneExamples,
     .exits = kTuneExits,
     .run = RunTune},
    {.name = "privileges",
     .does = "print what a role may do, and why",
     .details = "Folders, capabilities, limits and system calls, each with the reason that the source gives.",
     .options = kPrivilegesOptions,
     .examples = kPrivilegesExamples,
     .run = PrintPrivileges},
    {.name = "man",
     .does = "print the manual page zoobar(8)",
     .details = "In the macros of man(7), made from the same table as --help.",
     .examples = kManExamples,
     .run = RunMan},
    {.name = "completion",
     .does = "print a script that completes these commands in a shell",
     .details = "It completes commands, options, names of roles, and paths where a value is one.",
     .options = kCompletionOptions,
     .examples = kCompletionExamples,
     .run = RunCompletion},
    {.name = "version", .does = "print the version", .details = "", .examples = kVersionExamples, .run = PrintVersion},
};

}  // namespace
}  // namespace machine_commands

CommandGroup MachineCommands() { return {"This machine and this program", machine_commands::kCommands}; }

}  // namespace zoobar
