// The sockets on which clients connect. Another program, such as systemd, may have bound them before.
#pragma once

#include "ipc/fd.h"
#include "ipc/result.h"
#include "master/ground.h"

namespace zoobar {

// Returns a socket that is bound to this address and listens.
Result<Fd> BindListener(const Config::Listen& listen_at);

// Binds the listeners of the configuration. If another program has passed sockets for clients (LISTEN_FDS,
// sd_listen_fds(3)), and the command line names no listeners, takes these instead. Such a socket gets the settings of the
// row with its address. A passed socket with the name "metrics" becomes the listener of the role metrics.
Status BindListeners(Ground& ground);
// The row of a listener that the role metrics would have among `listen`.
Config::Listen ListenerOf(const Config::Metrics& metrics);
// Binds the listener of the role metrics, if the configuration has one and none was passed.
Status BindMetrics(Ground& ground);

}  // namespace zoobar
