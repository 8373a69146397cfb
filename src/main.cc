// The command line. What a person, systemd or a container runs is `zoobar --role=master`; the master runs the rest.
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

// Started by the master: descriptor 3 is its control socket.
bool StartedByMaster() {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(kControlFd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int RunNamedRole(const std::string& name, const std::string& jail, bool interpreter, const std::string& pool, int argc,
                 char** argv) {
  const RoleSpec* spec = FindRole(RoleByName(name));
  if (!spec) {
    fmt::print(stderr, "zoobar: there is no role \"{}\"\n", name);
    return kUsage;
  }
  if (!StartedByMaster()) {
    fmt::print(stderr, "zoobar: --role={} is for the master to use; run zoobar --role=master\n", name);
    return kUsage;
  }
  const JailKind kind = jail == JailKindName(JailKind::kChroot) ? JailKind::kChroot : JailKind::kNamespaces;
  SetTitle(argc, argv, interpreter ? "interpreter" : name);
  std::optional<IdRange> ids;
  if (IdRange range; std::sscanf(pool.c_str(), "%u-%u", &range.first, &range.last) == 2) ids = range;
  return interpreter ? InterpreterMain(kind) : RunRole(*spec, kind, ids);
}

// The system calls a role may make, one name a line: what tools/trace-role compares with.
int PrintPrivileges(const std::string& name) {
  const RoleSpec* spec = FindRole(RoleByName(name));
  if (!spec) {
    fmt::print(stderr, "zoobar: there is no role \"{}\"\n", name);
    return kUsage;
  }
  std::set<std::string> names;
  for (const AllowedCall& call : CallsOf(spec->privileges)) {
    if (call.number >= 0) names.insert(CallName(call.number));
  }
  for (const std::string& call : names) fmt::print("{}\n", call);
  return 0;
}

// One subcommand of ctl for each thing an operator may ask.
void AddCtl(CLI::App& app, CtlOptions& ctl) {
  auto* command = app.add_subcommand("ctl", "ask a running master something, or tell it to do something");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--state-dir", ctl.state_dir, "which master: its state directory")->capture_default_str();
  command->add_option("--secret-file", ctl.secret_file, "the operator secret; default: STATE_DIR/operator.secret");
  command->add_flag("--json", ctl.json, "the answer as JSON");
  std::map<std::string, CLI::App*> groups;  // "profile", of "profile pause"
  const auto group = [&](std::string name) {
    CLI::App*& found = groups[name];
    if (!found)
      found = command
                  ->add_subcommand(name, name == "member" ? "unlock: a member's account"
                                                          : "pause, resume, denials: of a member's program")
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
    if (each.name != "log") continue;
    sub->add_flag_callback("--security", [&ctl] { ctl.log = RecentRequest::WHICH_SECURITY; }, "security events alone");
    sub->add_flag_callback("--alarms", [&ctl] { ctl.log = RecentRequest::WHICH_ALARMS; }, "alarms alone");
    sub->add_flag_callback("--access", [&ctl] { ctl.log = RecentRequest::WHICH_ACCESS; }, "requests served");
    sub->add_option("-n,--lines", ctl.lines, "how many")->capture_default_str();
  }
}

int Main(int argc, char** argv) {
  CLI::App app("zoobar, a social bank whose every part runs with its own few powers");
  app.require_subcommand(0, 1);
  std::string role, jail, pool;
  bool interpreter = false;
  MasterOptions master;
  master.version = ZOOBAR_VERSION;
  master.sources.file = "config/zoobar.textproto";
  app.add_option("--role", role, "master; the other roles are for the master to start");
  app.add_option("--jail", jail)->group("");
  app.add_flag("--interpreter", interpreter)->group("");
  app.add_option("--pool", pool)->group("");
  app.add_option("--config", master.sources.file, "the configuration, protobuf text")->capture_default_str();
  app.add_option("--listen", master.sources.listens, "ADDRESS:PORT, instead of the configured ones; may be repeated");
  app.add_option("--state-dir", master.sources.state_dir, "where accounts, balances and logs live");
  app.add_option("--set", master.sources.sets, "a piece of configuration text, merged over the file; may be repeated");
  app.add_flag("--trace-calls", master.trace_calls, "log every call between roles: who calls whom");
  auto* version = app.add_subcommand("version", "print the version");
  auto* privileges = app.add_subcommand("privileges", "print the system calls a role may make");
  auto* doctor = app.add_subcommand("doctor", "say, layer by layer, what this machine can enforce");
  doctor->fallthrough();
  auto* tune = app.add_subcommand("tune-argon2", "measure password hashing here, and suggest its parameters");
  double target_ms = 50;
  tune->add_option("--target-ms", target_ms, "how long one hash may take")->capture_default_str();
  CtlOptions ctl;
  AddCtl(app, ctl);
  std::string privileged;
  privileges->add_option("role", privileged)->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "zoobar: {}\n", error.what());
    return kUsage;
  }
  if (*version) {
    fmt::print("zoobar {}\n", ZOOBAR_VERSION);
    return 0;
  }
  if (!ctl.command.empty()) return RunCtl(ctl, std::cout, std::cerr);
  if (*doctor) {
    DoctorOptions options;
    options.sources = master.sources;
    return RunDoctor(options, std::cout);
  }
  if (*tune) return RunTuneArgon2(std::cout, target_ms, HashingPool::DefaultThreads());
  if (*privileges) return PrintPrivileges(privileged);
  if (role == RoleName(ROLE_MASTER)) return RunMaster(std::move(master), argc, argv);
  if (!role.empty()) return RunNamedRole(role, jail, interpreter, pool, argc, argv);
  fmt::print(stderr, "zoobar: say --role=master, ctl, doctor, tune-argon2 or version; --help tells more\n");
  return kUsage;
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) { return zoobar::Main(argc, argv); }
