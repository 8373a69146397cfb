// Parses the command line and starts what it names. A person, systemd or a container starts `zoobar --role=master`. The
// master starts all other processes of the site. All commands are in src/ctl (commands.h).
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>

#include "confine/unconfined.h"
#include "ctl/command_line.h"
#include "master/master.h"
#include "roles/table.h"
#include "sandbox/interpreter.h"
#include "site/control.h"
#include "site/serve.h"
#include "site/title.h"

namespace zoobar {
namespace {

// Returns whether the master started this process. If it did, descriptor 3 is a control socket.
bool StartedByMaster() {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(kControlFd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int ServeNamedRole(const Invocation& invocation, const std::string& role, int argc, char** argv) {
  const RoleSpec* spec = FindRole(RoleByName(role));
  if (!spec) return invocation.Fail(kCtlUsage, fmt::format("there is no role \"{}\"", role));
  if (!StartedByMaster()) {
    return invocation.Fail(kCtlUsage,
                           fmt::format("only the master starts --role={}; start zoobar with --role=master", role));
  }
  const Arguments& arguments = invocation.arguments;
  const JailKind kind =
      arguments.Text("--jail") == JailKindName(JailKind::kChroot) ? JailKind::kChroot : JailKind::kNamespaces;
  const bool interpreter = arguments.Has("--interpreter");
  SetTitle(argc, argv, interpreter ? "interpreter" : role);
  if (!interpreter) DieClearly();  // a member's program may run out of memory, or abort, as any Python program
  std::optional<IdRange> pool;
  if (IdRange range; std::sscanf(arguments.Text("--pool").c_str(), "%u-%u", &range.first, &range.last) == 2)
    pool = range;
  return interpreter ? InterpreterMain(kind) : ServeRole(*spec, kind, pool);
}

// What zoobar does without a command.
int Serve(const Invocation& invocation, int argc, char** argv) {
  const std::string role = invocation.arguments.Text("--role");
  if (role.empty())
    return invocation.Fail(kCtlUsage,
                           "give --role=master, ctl, restore, verify-backup, doctor or another command; see --help");
  if (role != RoleName(ROLE_MASTER)) return ServeNamedRole(invocation, role, argc, argv);
  DieClearly();
  MasterOptions options;
  options.sources = SourcesOf(invocation.arguments);
  options.trace_calls = invocation.arguments.Has("--trace-calls");
  options.version = ZOOBAR_VERSION;
  if (const std::string_view unconfined = Unconfined(); !unconfined.empty())
    options.version += fmt::format(" ({})", unconfined.substr(0, unconfined.find(':')));
  return ServeMaster(std::move(options), argc, argv);
}

int Main(int argc, char** argv) {
  const Streams streams{std::cin, std::cout, std::cerr, isatty(STDIN_FILENO) == 1};
  const Parsed parsed = ParseCommandLine({argv + 1, argv + argc}, streams);
  if (parsed.exit) return *parsed.exit;
  if (parsed.invocation.command->name.empty()) return Serve(parsed.invocation, argc, argv);
  DieClearly();
  return Execute(parsed.invocation);
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) { return zoobar::Main(argc, argv); }
