// `zoobar ctl` is the operator's client of the control socket. It connects, authenticates with the operator secret,
// sends one request, and prints the response. If the server refuses anything, `ctl` stops. It never tries again.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "logger.pb.h"
#include "operator/backup_commands.h"
#include "operator/self_signed.h"

namespace zoobar {

struct CtlOptions {
  std::string command;  // the name of one of CtlCommands()
  std::string state_dir = "/var/lib/zoobar";
  bool say_site = false;    // whether to say on `err` which site answers, because nobody has named one
  std::string secret_file;  // the path for ReadSecretFile; empty: STATE_DIR/operator.secret
  RecentRequest::Which log = RecentRequest::WHICH_EVENTS;
  std::uint32_t lines = 20;       // how many lines of the log to print; logger returns at most 1000
  std::string member;             // the member's name, for `profile ...` and `member ...`
  std::string certificate, key;   // the paths of the files, for `certificate install`
  SelfSignedOptions self_signed;  // for `certificate self-signed`; without names: this machine's
  std::string folder;             // for `certificate self-signed`: write files there instead of installing
  BackupOptions backup;           // for `backup`
  // For `log verify`: files that were copied away, the oldest first. Their names begin with audit.log or money.log. Empty:
  // all files of both logs in the state directory.
  std::vector<std::string> files;
  bool json = false;
};

struct CtlCommand {
  std::string_view name;  // one word ("log"), or a group and a word ("profile pause")
  std::string_view does;  // the description that --help prints
  bool member = false;    // whether the command takes a member's name
};
std::span<const CtlCommand> CtlCommands();

inline constexpr int kCtlOk = 0, kCtlBad = 1, kCtlUsage = 2, kCtlRefused = 3;

// Sends the command and prints the response. Returns the exit status.
// 0: the response reports no problem.
// 1: the response reports a problem: the bank is unsound, a role does not answer or is degraded, no program is run
// because a wall is missing, a certificate ends soon or was refused, or there is no member with this name.
// 2: the command does not exist, or its options are wrong.
// 3: no master runs on this state directory, or the site refused the secret, or closed the connection. One line on
// `err` gives the reason.
int ExecuteCtl(const CtlOptions& options, std::ostream& out, std::ostream& err);

}  // namespace zoobar
