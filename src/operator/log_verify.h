// `zoobar ctl log verify`: checks the seals of audit.log and money.log. Root runs it, because it needs the secret and the
// log files. It works with the site running or stopped.
#pragma once

#include <ostream>

#include "logger.pb.h"
#include "operator/ctl.h"

namespace zoobar {

// Uses state_dir, files and json of the options. ends: where the running logger says that the logs end; null: it was not
// asked. Returns the exit status of ctl: 0 sound, 1 a fault was found, 2 wrong use, 3 something could not be read.
int VerifyLogs(const CtlOptions& options, const SealedEndsReply* ends, std::ostream& out, std::ostream& err);

}  // namespace zoobar
