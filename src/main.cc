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
  double target_ms = 50;
  std::string privileges_of;  // the name of the role whose system calls are printed
  CLI::App *version = nullptr, *privileges = nullptr, *doctor = nullptr, *tune = nullptr;
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

// Prints the names of the system calls that a role may make, one name on each line. tools/trace-role compares the calls
// that it observes with this list.
int PrintPrivileges(const std::string& name) {
  const RoleSpec* spec = NamedRole(name);
  if (!spec) return kUsage;
  std::set<std::string> names;
  for (const AllowedCall& call : CallsOf(spec->privileges)) {
    if (call.number >= 0) names.insert(CallName(call.number));
  }
  for (const std::string& call : names) fmt::print("{}\n", call);
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

// Adds one subcommand of ctl for each of CtlCommands().
void AddCtl(CLI::App& app, CtlOptions& ctl) {
  auto* command = app.add_subcommand("ctl", "send a command to a running site");
  command->require_subcommand(1);
  command->fallthrough();
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
    sub->callback([&ctl, name = std::string(each.name)] { ctl.command = name; });
    AddCertificateOptions(*sub, each.name, ctl);
    if (each.name != "log") continue;
    sub->add_flag_callback("--security", [&ctl] { ctl.log = RecentRequest::WHICH_SECURITY; }, "security events only");
    sub->add_flag_callback("--alarms", [&ctl] { ctl.log = RecentRequest::WHICH_ALARMS; }, "alarms only");
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
  line.privileges = app.add_subcommand("privileges", "print the system calls a role may make");
  line.privileges->add_option("role", line.privileges_of)->required();
  line.doctor = app.add_subcommand("doctor", "check what this machine can enforce, layer by layer");
  line.doctor->fallthrough();
  line.tune = app.add_subcommand("tune-argon2", "measure password hashing here, and suggest its parameters");
  line.tune->add_option("--target-ms", line.target_ms, "how long one hash may take")->capture_default_str();
  AddCtl(app, line.ctl);
}

int Execute(CommandLine& line, int argc, char** argv) {
  if (*line.version) {
    fmt::print("zoobar {}\n", ZOOBAR_VERSION);
    return 0;
  }
  if (!line.ctl.command.empty()) return ExecuteCtl(line.ctl, std::cout, std::cerr);
  if (*line.doctor) {
    DoctorOptions options;
    options.sources = line.master.sources;
    return Diagnose(options, std::cout);
  }
  if (*line.tune) return TuneArgon2(std::cout, line.target_ms, HashingPool::DefaultThreads());
  if (*line.privileges) return PrintPrivileges(line.privileges_of);
  if (line.role == RoleName(ROLE_MASTER)) return ServeMaster(std::move(line.master), argc, argv);
  if (!line.role.empty()) return ServeNamedRole(line, argc, argv);
  fmt::print(stderr, "zoobar: give --role=master, ctl, doctor, tune-argon2 or version; see --help\n");
  return kUsage;
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
    fmt::print(stderr, "zoobar: {}\n", error.what());
    return kUsage;
  }
  return Execute(line, argc, argv);
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) { return zoobar::Main(argc, argv); }
