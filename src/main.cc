// Parses the command line and starts what it names. A person, systemd or a container starts `zoobar --role=master`. The
// master starts all other processes of the site.
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "confine/calls.h"
#include "credentials/hashing_pool.h"
#include "master/master.h"
#include "operator/backup_commands.h"
#include "operator/ctl.h"
#include "operator/doctor.h"
#include "operator/tune.h"
#include "roles/table.h"
#include "sandbox/interpreter.h"
#include "site/control.h"
#include "site/serve.h"
#include "site/title.h"

namespace zoobar {
namespace {

constexpr int kUsage = 2;

// Returns whether the master started this process. If it did, descriptor 3 is a control socket.
bool StartedByMaster() {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(kControlFd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

// Returns the role with this name. If there is none, prints an error and returns nullptr.
const RoleSpec* NamedRole(const std::string& name) {
  const RoleSpec* spec = FindRole(RoleByName(name));
  if (!spec) fmt::print(stderr, "zoobar: there is no role \"{}\"\n", name);
  return spec;
}

// The parsed command line.
struct CommandLine {
  std::string role;
  // The master passes these options to the processes that it starts. --help does not show them.
  std::string jail, pool;
  bool interpreter = false;

  MasterOptions master;
  CtlOptions ctl;
  CLI::Option* state_dir_of_ctl = nullptr;
  double target_ms = 50;
  std::string privileges_of;  // the name of the role whose privileges are printed
  bool names_only = false;    // only the names of its system calls
  RestoreCommand restore_command;
  std::string backup_key;  // the path of the key pair that is made
  CLI::App *version = nullptr, *privileges = nullptr, *doctor = nullptr, *tune = nullptr, *restore = nullptr,
           *verify_backup = nullptr, *make_key = nullptr;
};

int ServeNamedRole(const CommandLine& line, int argc, char** argv) {
  const RoleSpec* spec = NamedRole(line.role);
  if (!spec) return kUsage;
  if (!StartedByMaster()) {
    fmt::print(stderr, "zoobar: only the master starts --role={}; start zoobar with --role=master\n", line.role);
    return kUsage;
  }
  const JailKind kind = line.jail == JailKindName(JailKind::kChroot) ? JailKind::kChroot : JailKind::kNamespaces;
  SetTitle(argc, argv, line.interpreter ? "interpreter" : line.role);
  std::optional<IdRange> pool;
  if (IdRange range; std::sscanf(line.pool.c_str(), "%u-%u", &range.first, &range.last) == 2) pool = range;
  return line.interpreter ? InterpreterMain(kind) : ServeRole(*spec, kind, pool);
}

std::set<std::string> NamesOf(const std::vector<AllowedCall>& calls) {
  std::set<std::string> names;
  for (const AllowedCall& call : calls) {
    if (call.number >= 0) names.insert(CallName(call.number));
  }
  return names;
}

// Prints what a role may do, with the reasons that its source gives. With `names_only`, prints the names of its system
// calls, one on each line; tools/trace-role compares the calls that it observes with this list.
int PrintPrivileges(const std::string& name, bool names_only) {
  const RoleSpec* spec = NamedRole(name);
  if (!spec) return kUsage;
  const Privileges& privileges = spec->privileges;
  if (names_only) {
    for (const std::string& call : NamesOf(CallsOf(privileges))) fmt::print("{}\n", call);
    return 0;
  }
  if (privileges.folders.empty()) fmt::print("folders: none, its root is empty\n");
  for (const FolderGrant& grant : privileges.folders) {
    fmt::print("folder {}: {}\n", FolderPath(JailKind::kNamespaces, grant.folder), grant.why);
  }
  for (const CapabilityGrant& grant : privileges.capabilities) {
    fmt::print("capability {}, in its own user namespace: {}\n", grant.capability, grant.why);
  }
  fmt::print("open files: at most {}; threads and processes: at most {}\n", privileges.limits.open_files,
             privileges.limits.processes);
  for (const CallGrant& grant : privileges.calls) {
    fmt::print("system calls {}:\n    {}\n", grant.why, fmt::join(NamesOf(CallsOf(grant.calls)), " "));
  }
  return 0;
}

void AddCertificateOptions(CLI::App& sub, std::string_view command, CtlOptions& ctl) {
  if (command == "certificate install") {
    sub.add_option("--cert", ctl.certificate, "the chain in PEM, the server's own certificate first")->required();
    sub.add_option("--key", ctl.key, "its private key in PEM, not encrypted")->required();
  }
  if (command != "certificate self-signed") return;
  SelfSignedOptions& made = ctl.self_signed;
  sub.add_option("--name", made.names, "a DNS name; may be repeated; default: this machine's")->allow_extra_args(false);
  sub.add_option("--ip", made.addresses, "an IP address; may be repeated")->allow_extra_args(false);
  sub.add_option("--days", made.days, "how long it is valid")->capture_default_str();
  sub.add_option("--out", ctl.folder, "write fullchain.pem and privkey.pem into this folder, and install nothing");
}

void AddBackupOptions(CLI::App& sub, std::string_view command, CtlOptions& ctl) {
  if (command != "backup") return;
  BackupOptions& backup = ctl.backup;
  backup.version = ZOOBAR_VERSION;
  sub.add_option("TARGET", backup.target,
                 "a file that does not exist yet, or a folder, where the file gets a name with the time")
      ->required();
  sub.add_option("--to", backup.public_key, "seal the backup to this public key (see zoobar backup-key)");
  sub.add_option("--keep", backup.keep, "in a folder: delete all but this many of the newest backups; default: none");
  sub.add_option("--rate", backup.mib_per_s, "read at most this many MiB in a second; 0: no limit")
      ->capture_default_str();
}

// Adds one subcommand of ctl for each of CtlCommands().
void AddCtl(CLI::App& app, CommandLine& line) {
  CtlOptions& ctl = line.ctl;
  auto* command = app.add_subcommand("ctl", "send a command to a running site");
  command->require_subcommand(1);
  command->fallthrough();
  line.state_dir_of_ctl =
      command->add_option("--state-dir", ctl.state_dir, "which master: its state directory")->capture_default_str();
  command->add_option("--secret-file", ctl.secret_file, "the operator secret; default: STATE_DIR/operator.secret");
  command->add_flag("--json", ctl.json, "print the answer as JSON");
  std::map<std::string, CLI::App*> groups;  // for commands of two words such as "profile pause", by the first word
  const auto group = [&](std::string name) {
    CLI::App*& found = groups[name];
    if (!found)
      found = command
                  ->add_subcommand(name, name == "member"    ? "a member's account: unlock"
                                         : name == "profile" ? "a member's program: pause, resume, denials"
                                                             : "the site's certificates: list, install, self-signed")
                  ->require_subcommand(1)
                  ->fallthrough();
    return found;
  };
  for (const CtlCommand& each : CtlCommands()) {
    const std::size_t blank = each.name.find(' ');
    CLI::App* const parent = blank == each.name.npos ? command : group(std::string(each.name.substr(0, blank)));
    auto* sub = parent->add_subcommand(std::string(each.name.substr(blank + 1)), std::string(each.does));
    if (each.member) sub->add_option("NAME", ctl.member, "the member's name")->required();
    if (blank == each.name.npos) groups[std::string(each.name)] = sub;  // `log` is a command and a group
    sub->callback([&ctl, sub, name = std::string(each.name)] {
      if (sub->get_subcommands().empty()) ctl.command = name;
    });
    if (each.name == "log verify")
      sub->add_option("FILE", ctl.files, "files that were copied away, the oldest first; default: all of the site");
    AddCertificateOptions(*sub, each.name, ctl);
    AddBackupOptions(*sub, each.name, ctl);
    if (each.name != "log") continue;
    sub->add_flag_callback("--security", [&ctl] { ctl.log = RecentRequest::WHICH_SECURITY; }, "security events only");
    sub->add_flag_callback("--alarms", [&ctl] { ctl.log = RecentRequest::WHICH_ALARMS; }, "alarms only");
    sub->add_flag_callback(
        "--audit", [&ctl] { ctl.log = RecentRequest::WHICH_AUDIT; }, "sealed: acts, security events");
    sub->add_flag_callback("--money", [&ctl] { ctl.log = RecentRequest::WHICH_MONEY; }, "sealed: transfers, payments");
    sub->add_flag_callback("--access", [&ctl] { ctl.log = RecentRequest::WHICH_ACCESS; }, "HTTP requests");
    sub->add_option("-n,--lines", ctl.lines, "how many lines")->capture_default_str();
  }
}

void AddOptions(CLI::App& app, CommandLine& line) {
  MasterOptions& master = line.master;
  app.require_subcommand(0, 1);
  app.add_option("--role", line.role, "master; the master starts all other roles itself");
  app.add_option("--jail", line.jail)->group("");
  app.add_flag("--interpreter", line.interpreter)->group("");
  app.add_option("--pool", line.pool)->group("");
  app.add_option("--config", master.sources.file, "the configuration file, protobuf text")->capture_default_str();
  app.add_option(
      "--listen", master.sources.listens,
      "listen on ADDRESS:PORT instead of the configured listeners, with \",tls\" or \",redirect\" after it for "
      "HTTPS or a redirect to it; may be repeated");
  app.add_option("--state-dir", master.sources.state_dir, "where accounts, balances and logs are stored");
  app.add_option("--set", master.sources.sets, "a piece of configuration text, merged over the file; may be repeated");
  app.add_flag("--trace-calls", master.trace_calls, "log every call between roles: who calls whom");
}

void AddSubcommands(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", "zoobar " ZOOBAR_VERSION, "print the version");
  line.version = app.add_subcommand("version", "print the version");
  line.privileges = app.add_subcommand("privileges", "print what a role may do, and why");
  line.privileges->add_option("role", line.privileges_of)->required();
  line.privileges->add_flag("--names", line.names_only, "print only the names of its system calls");
  line.doctor = app.add_subcommand("doctor", "check what this machine can enforce, layer by layer");
  line.doctor->fallthrough();
  line.tune = app.add_subcommand("tune-argon2", "measure password hashing here, and suggest its parameters");
  line.tune->add_option("--target-ms", line.target_ms, "how long one hash may take")->capture_default_str();
  AddCtl(app, line);
  RestoreCommand& restore = line.restore_command;
  line.restore = app.add_subcommand("restore", "restore a backup into an empty state directory");
  line.restore->fallthrough();
  line.restore->add_flag("--with-faults", restore.with_faults, "restore it although its stores do not belong together");
  line.verify_backup = app.add_subcommand("verify-backup", "read a backup, and say whether it is whole and sound");
  for (CLI::App* sub : {line.restore, line.verify_backup}) {
    sub->add_option("FILE", restore.file, "the backup")->required();
    sub->add_option("--key", restore.secret_key, "the secret key of a sealed backup");
    sub->add_flag("--json", restore.json, "print the answer as JSON");
  }
  line.make_key = app.add_subcommand("backup-key", "make a key pair, to which backups can be sealed");
  line.make_key->add_option("FILE", line.backup_key, "where the secret key goes; the public key goes to FILE.pub")
      ->required();
}

int Execute(CommandLine& line, int argc, char** argv) {
  if (*line.version) {
    fmt::print("zoobar {}\n", ZOOBAR_VERSION);
    return 0;
  }
  line.ctl.say_site = line.state_dir_of_ctl->count() == 0 && !line.ctl.json;
  if (!line.ctl.command.empty()) return ExecuteCtl(line.ctl, std::cout, std::cerr);
  if (*line.doctor) {
    DoctorOptions options;
    options.sources = line.master.sources;
    return Diagnose(options, std::cout);
  }
  if (*line.restore) {
    line.restore_command.sources = line.master.sources;
    return Restore(line.restore_command, std::cout, std::cerr);
  }
  if (*line.verify_backup) return VerifyBackup(line.restore_command, std::cout, std::cerr);
  if (*line.make_key) return MakeBackupKey(line.backup_key, std::cout, std::cerr);
  if (*line.tune) return TuneArgon2(std::cout, line.target_ms, HashingPool::DefaultThreads());
  if (*line.privileges) return PrintPrivileges(line.privileges_of, line.names_only);
  if (line.role == RoleName(ROLE_MASTER)) return ServeMaster(std::move(line.master), argc, argv);
  if (!line.role.empty()) return ServeNamedRole(line, argc, argv);
  fmt::print(stderr,
             "zoobar: give --role=master, ctl, restore, verify-backup, doctor or another command; see --help\n");
  return kUsage;
}

// Returns the subcommand with this name, or nullptr.
const CLI::App* FindSubcommand(const CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&name](const CLI::App* sub) { return sub->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

// Looks for a word that stands in the place of a command and is none. Returns an error for it, or an empty text.
std::string UnknownCommand(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  std::string path = "zoobar";
  for (int i = 1; i < argc && !at->get_subcommands([](const CLI::App*) { return true; }).empty(); ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) {
      const CLI::Option* option = at->get_option_no_throw(word);
      if (option && option->get_items_expected_min() > 0) ++i;  // its value is the next word
      continue;
    }
    const CLI::App* const next = FindSubcommand(*at, word);
    if (!next) {
      const bool of_ctl = at == &app && FindSubcommand(*FindSubcommand(app, "ctl"), word) != nullptr;
      return fmt::format("there is no command \"{} {}\"; {}", path, word,
                         of_ctl ? fmt::format("did you mean: zoobar ctl {}", word) : "see: " + path + " --help");
    }
    at = next;
    path += " " + word;
  }
  return {};
}

int Main(int argc, char** argv) {
  CLI::App app("zoobar, a social bank whose parts run isolated from each other");
  CommandLine line;
  line.master.version = ZOOBAR_VERSION;
  line.master.sources.file = "config/zoobar.textproto";
  AddOptions(app, line);
  AddSubcommands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& answered) {  // --help and --version
    return app.exit(answered);
  } catch (const CLI::ParseError& error) {
    const std::string unknown = UnknownCommand(app, argc, argv);
    fmt::print(stderr, "zoobar: {}\n", unknown.empty() ? error.what() : unknown);
    return kUsage;
  }
  return Execute(line, argc, argv);
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) { return zoobar::Main(argc, argv); }
