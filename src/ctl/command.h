// A command of `zoobar` as one row of data. Help, the man page, completion in bash and the parser are all made from
// these rows (commands.h lists them), so a command cannot have an option that its help does not name.
//
// To add a command: write its function and its row into the file of its group (member_commands.cc), or make a file with
// a group of its own, and name that group in commands.cc.
#pragma once

#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "ipc/result.h"
#include "ipc/task.h"
#include "operator/arguments.h"
#include "operator/exit_status.h"

namespace zoobar {

struct Example {
  std::string_view line;  // without "zoobar "
  std::string_view does;
};

struct ExitCode {
  int code;
  std::string_view when;
};

struct Invocation;
class Conversation;

// Whether a command asks before it acts.
enum class Asks {
  kNever,
  // On a terminal it asks. Elsewhere it acts at once. For commands that scripts have used without --yes.
  kOnTerminal,
  // On a terminal it asks. Elsewhere it is refused without --yes.
  kAlways,
};

struct Command {
  std::string_view name;     // the words after "zoobar": "ctl member unlock", "restore"; empty: zoobar itself
  std::string_view does;     // one line without a full stop: "unlock an account that an alarm has locked"
  std::string_view details;  // whole sentences; a line that is empty parts paragraphs
  std::span<const CommandOption> options = {};
  std::span<const Example> examples = {};
  std::span<const ExitCode> exits = {};  // where they say more than operator/exit_status.h
  Asks asks = Asks::kNever;
  std::string_view question = {};  // "Stop the site?"; a word such as {NAME} stands for that value
  bool root_only = false;          // it does nothing for another user

  // What carries it out. Exactly one of them is set, except for zoobar itself, which main.cc carries out.
  // With a site: authenticated on its control socket (conversation.h).
  Task<Result<int>> (*converse)(Conversation&) = nullptr;
  // Without one, or before it connects. Returns the exit status.
  int (*run)(const Invocation&) = nullptr;

  bool of_ctl() const { return name.starts_with("ctl "); }
};

// Commands that belong together. They stand below one title in help and in the man page.
struct CommandGroup {
  std::string_view title;
  std::span<const Command> commands;
};

// One command with the values of one command line.
struct Invocation {
  const Command* command = nullptr;
  Arguments arguments;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  // Puts a question to the person at the terminal, and returns whether the answer is yes. Empty: nobody can be asked.
  std::function<bool(const std::string& question)> ask;

  bool json() const { return arguments.Has("--json"); }
  // Prints "zoobar: WHY" or "zoobar ctl: WHY" on `err`, without control characters. Returns the status.
  int Fail(int status, std::string_view why) const;
};

// Options that several commands have.
inline constexpr CommandOption kJson{.name = "--json", .help = "print the answer as JSON"};
// What the master is started with. `doctor` and `restore` take the same.
inline constexpr CommandOption kConfigOptions[] = {
    {.name = "--config",
     .takes = Takes::kFile,
     .value = "FILE",
     .help = "the configuration file, protobuf text",
     .fallback = ZOOBAR_CONFIG},
    {.name = "--listen",
     .takes = Takes::kText,
     .value = "ADDRESS:PORT",
     .help = "listen here instead of the configured listeners; may be repeated. After it \",tls\": HTTPS, "
             "\",redirect\": a redirect to it, \",proxy\": the PROXY protocol",
     .repeatable = true},
    {.name = "--state-dir",
     .takes = Takes::kFolder,
     .value = "DIR",
     .help = "where accounts, balances and logs are stored; default: the configuration's, or /var/lib/zoobar"},
    {.name = "--set",
     .takes = Takes::kText,
     .value = "TEXT",
     .help = "a piece of configuration text, merged over the file; may be repeated",
     .repeatable = true},
};
// The sources that these options name.
ConfigSources SourcesOf(const Arguments& arguments);
// The same without the file, for a command that has another name for it than --config.
ConfigSources OverridesOf(const Arguments& arguments);

}  // namespace zoobar
