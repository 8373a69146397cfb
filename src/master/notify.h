// The parts of systemd's protocols that a service needs, without its library: sd_notify(3) and sd_listen_fds(3).
#pragma once

#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// A socket connected to $NOTIFY_SOCKET; invalid when the variable is not set. Unsets the variable.
Result<Fd> ConnectNotifySocket();
// Sends a state: "READY=1", "STOPPING=1", ... Does nothing when the socket is invalid.
void Notify(const Fd& socket, std::string_view state);

// The listening sockets that a service manager passed ($LISTEN_FDS, $LISTEN_PID), close-on-exec and non-blocking. An
// Error when one of them is not a listening socket. Unsets the variables.
Result<std::vector<Fd>> TakeListenFds();

}  // namespace zoobar
