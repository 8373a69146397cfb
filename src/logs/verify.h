// `zoobar ctl log verify`: checks the seals of audit.log and money.log. Root runs it, because it needs the secret and the
// log files. It works with the site running or stopped.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "logger.pb.h"

namespace zoobar {

struct LogVerifyOptions {
  std::string state_dir;
  // Files that were copied away, by their paths, the oldest first. Their names begin with audit.log or money.log. Empty:
  // all files of both logs in the state directory.
  std::vector<std::string> files;
  bool json = false;
};

// ends: where the running logger says that the logs end; null: it was not asked. Returns the exit status of ctl: 0 sound,
// 1 a fault was found, 2 wrong use, 3 something could not be read.
int VerifyLogs(const LogVerifyOptions& options, const SealedEndsReply* ends, std::ostream& out, std::ostream& err);

}  // namespace zoobar
