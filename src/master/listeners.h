// The sockets on which clients connect. Another program, such as systemd, may have bound them before.
#pragma once

#include <map>

#include "ipc/fd.h"
#include "ipc/result.h"
#include "master/ground.h"

namespace zoobar {

// Returns a socket that is bound to this address and listens.
Result<Fd> BindListener(const Config::Listen& listen_at);

// Binds the listeners of the configuration. If another program has passed sockets for clients (LISTEN_FDS,
// sd_listen_fds(3)), and the command line names no listeners, takes these instead. Such a socket gets the settings of the
// row with its address. A passed socket with the name "metrics" or "console" becomes the
// listener of this role.
Status BindListeners(Ground& ground);
// The roles that serve the operator alone have a listener of their own, if the configuration has it: metrics and console.
// Each is returned as the row that it would have among `listen`.
std::map<Role, Config::Listen> OwnListeners(const Config& config);
// Binds those of them that no other program has passed.
Status BindOwnListeners(Ground& ground);

}  // namespace zoobar
