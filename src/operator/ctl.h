// `zoobar ctl`: the operator's side of the control socket. Connects, authenticates with the operator secret, asks one
// thing, prints the answer. On any refusal it stops: nothing is tried a second time or another way.
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
  std::string secret_file;  // empty: STATE_DIR/operator.secret. One newline at its end is ignored, nothing else
  RecentRequest::Which log = RecentRequest::WHICH_EVENTS;
  std::uint32_t lines = 20;  // of the log; the master gives at most 1000
  std::string member;        // of `profile ...` and `member ...`: a name
  bool json = false;
};

struct CtlCommand {
  std::string_view name;  // "log"; "profile pause": of a group
  std::string_view does;
  bool member = false;  // it takes a member's name
};
std::span<const CtlCommand> CtlCommands();

inline constexpr int kCtlOk = 0, kCtlBad = 1, kCtlUsage = 2, kCtlRefused = 3;

// The exit status: 0; 1 when the answer is bad news (the bank is unsound, a role does not answer, no program is run
// because a wall is broken, nobody has that name); 2 for no such command; 3 when no master runs there, it refused, or
// it went away: one line on `err` says which.
int RunCtl(const CtlOptions& options, std::ostream& out, std::ostream& err);

}  // namespace zoobar
