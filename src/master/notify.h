// The few lines of systemd's protocols that a service needs: sd_notify(3) and sd_listen_fds(3), without the library.
#pragma once

#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// A socket connected to $NOTIFY_SOCKET, invalid when that is not set. Unsets the variable.
Result<Fd> ConnectNotifySocket();
// "READY=1", "STOPPING=1", ... Nothing happens without a socket.
void Notify(const Fd& socket, std::string_view state);

// The listening sockets a service manager passed ($LISTEN_FDS, $LISTEN_PID), close-on-exec; an Error when one of them
// is no listening stream socket. Unsets the variables.
Result<std::vector<Fd>> TakeListenFds();

}  // namespace zoobar
