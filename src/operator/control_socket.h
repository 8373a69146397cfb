// Where a site that runs is found: its control socket, and what it says in its state directory.
#pragma once

#include <string>
#include <vector>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Connects to the control socket of the site with this state directory. Does not authenticate.
Result<Fd> ConnectToControl(const std::string& state_dir);

// Returns the addresses that the master has written into the state directory: "127.0.0.1:8080". Without control
// characters. Empty if there is no such file.
std::vector<std::string> ListeningAt(const std::string& state_dir);

}  // namespace zoobar
