// `zoobar ctl`: the operator's side of the control socket. It connects, authenticates with the operator secret, sends
// one request, and prints the response. If anything is refused, it stops; it never tries again or in another way.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "logger.pb.h"

namespace zoobar {

struct CtlOptions {
  std::string command;  // one of CtlCommands()
  std::string state_dir = "/var/lib/zoobar";
  std::string secret_file;  // read by ReadSecretFile; empty: STATE_DIR/operator.secret
  RecentRequest::Which log = RecentRequest::WHICH_EVENTS;
  std::uint32_t lines = 20;  // of the log; logger returns at most 1000
  std::string member;        // the name for `profile ...` and `member ...`
  bool json = false;
};

struct CtlCommand {
  std::string_view name;  // "log", or "profile pause" for a command of a group
  std::string_view does;  // for --help
  bool member = false;    // whether it takes a member's name
};
std::span<const CtlCommand> CtlCommands();

inline constexpr int kCtlOk = 0, kCtlBad = 1, kCtlUsage = 2, kCtlRefused = 3;

// Returns the exit status. 0: all is well. 1: the response reports a problem (the bank is unsound, a role does not
// answer or is degraded, no program is run because a wall is missing, or nobody has that name). 2: there is no such
// command. 3: no master runs there, it refused, or it closed the connection; one line on `err` says which.
int ExecuteCtl(const CtlOptions& options, std::ostream& out, std::ostream& err);

}  // namespace zoobar
