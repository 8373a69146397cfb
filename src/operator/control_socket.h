// The control socket of a running site, as `zoobar ctl` finds it.
#pragma once

#include <string>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Connects to the control socket of the site with this state directory. Returns an Error if no master runs on it.
Result<Fd> Connect(const std::string& state_dir);

// Returns ", listening on ADDRESS ADDRESS", as the master has written it into the state directory, or an empty text.
std::string ListeningOn(const std::string& state_dir);

}  // namespace zoobar
