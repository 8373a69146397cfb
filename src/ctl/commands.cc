#include "ctl/commands.h"

#include <algorithm>

#include "operator/ctl_print.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr CommandOption kCtlOptions[] = {
    {.name = "--state-dir",
     .takes = Takes::kFolder,
     .value = "DIR",
     .help = "which site: its state directory",
     .fallback = "/var/lib/zoobar"},
    {.name = "--secret-file",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "the operator secret; default: DIR/operator.secret"},
    kJson,
};
constexpr CommandOption kYes{.name = "--yes", .help = "do not ask"};

constexpr CommandOption kOwnOptions[] = {
    {.name = "--role",
     .takes = Takes::kText,
     .value = "master",
     .help = "start the site; the master starts all other roles"},
    kConfigOptions[0],
    kConfigOptions[1],
    kConfigOptions[2],
    kConfigOptions[3],
    {.name = "--trace-calls", .help = "log every call between roles: who calls whom"},
    {.name = "--jail", .takes = Takes::kText, .value = "KIND", .help = "how the role is confined", .hidden = true},
    {.name = "--pool", .takes = Takes::kText, .value = "IDS", .help = "the ids of runs", .hidden = true},
    {.name = "--interpreter", .help = "serve as sandbox's interpreter", .hidden = true},
};
constexpr Example kOwnExamples[] = {
    {"--role=master", "serves the site on http://127.0.0.1:8080 until SIGTERM or Ctrl-C"},
    {"--role=master --listen=127.0.0.1:9000 --state-dir=/var/lib/zoobar-2 --set='id_base: 62000'",
     "serves a second site on the same machine"},
    {"ctl status", "asks a running site how it is"},
};
constexpr ExitCode kOwnExits[] = {
    {kCtlOk, "the site was told to stop, and has stopped"},
    {kCtlUsage, "the site could not start. One line says why, with the place in the configuration"},
};
constexpr Command kItself{
    .name = "",
    .does = "a social bank whose parts run isolated from each other",
    .details =
        "With --role=master it serves the site in the foreground, and logs to stderr. It must be started as root, "
        "which it gives up before it reads a byte from outside. SIGTERM finishes what is in flight, and stops it; "
        "SIGHUP reads the configuration again. With a command, it does what the command says.",
    .options = kOwnOptions,
    .examples = kOwnExamples,
    .exits = kOwnExits,
};

}  // namespace

const std::vector<CommandGroup>& AllCommands() {
  static const std::vector<CommandGroup> kGroups = {
      SiteCommands(),   ConfigCommands(),        RoleCommands(),           UpgradeCommand(),
      TopCommand(),     MemberCommands(),        ClassCommands(),          ProfileCommands(),
      LogCommands(),    BankCommands(),          JournalCommands(),        CertificateCommands(),
      BackupCommands(), OfflineBackupCommands(), OfflineJournalCommands(), MachineCommands(),
  };
  return kGroups;
}

const Command& ZoobarItself() { return kItself; }

const Command* FindCommand(std::string_view name) {
  for (const CommandGroup& group : AllCommands()) {
    const auto found = std::ranges::find(group.commands, name, &Command::name);
    if (found != group.commands.end()) return &*found;
  }
  return nullptr;
}

std::span<const CommandOption> CtlOptions() { return kCtlOptions; }

std::vector<const CommandOption*> OptionsOf(const Command& command) {
  std::vector<const CommandOption*> options;
  for (const CommandOption& option : command.options) options.push_back(&option);
  if (command.asks != Asks::kNever) options.push_back(&kYes);
  if (!command.of_ctl()) return options;
  for (const CommandOption& option : kCtlOptions) options.push_back(&option);
  return options;
}

std::vector<std::string_view> WordsAfter(std::string_view path) {
  std::vector<std::string_view> words;
  for (const CommandGroup& group : AllCommands()) {
    for (const Command& command : group.commands) {
      std::string_view rest = command.name;
      if (!path.empty()) {
        if (!rest.starts_with(path) || rest.size() <= path.size() || rest[path.size()] != ' ') continue;
        rest.remove_prefix(path.size() + 1);
      }
      const std::string_view word = rest.substr(0, rest.find(' '));
      if (std::ranges::find(words, word) == words.end()) words.push_back(word);
    }
  }
  return words;
}

int Invocation::Fail(int status, std::string_view why) const {
  *err << (command && command->of_ctl() ? "zoobar ctl: " : "zoobar: ") << Printable(why) << '\n';
  return status;
}

ConfigSources SourcesOf(const Arguments& arguments) {
  ConfigSources sources = OverridesOf(arguments);
  sources.file = arguments.Text("--config");
  return sources;
}

ConfigSources OverridesOf(const Arguments& arguments) {
  ConfigSources sources;
  sources.listens = arguments.All("--listen");
  sources.state_dir = arguments.Text("--state-dir");
  sources.sets = arguments.All("--set");
  return sources;
}

}  // namespace zoobar
