// The parts of systemd's protocols that a service needs: sd_notify(3) and sd_listen_fds(3). They are written here
// without systemd's library.
#pragma once

#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

// Returns a socket that is connected to $NOTIFY_SOCKET. The descriptor is invalid if the variable is not set. Unsets
// the variable.
Result<Fd> ConnectNotifySocket();
// Sends a state such as "READY=1" or "STOPPING=1" to the service manager. Does nothing if the socket is invalid.
void Notify(const Fd& socket, std::string_view state);

struct PassedSocket {
  Fd socket;
  bool tls = false;  // its name is "https" (FileDescriptorName=https in systemd.socket(5))
};

// Returns the listening sockets that a service manager passed ($LISTEN_FDS, $LISTEN_PID, $LISTEN_FDNAMES), and makes
// them close-on-exec and non-blocking. Returns an Error if one of them is not a listening socket. Unsets the variables.
Result<std::vector<PassedSocket>> TakeListenFds();

}  // namespace zoobar
