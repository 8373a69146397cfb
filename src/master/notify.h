// The parts of systemd's protocols that a service needs: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3), and
// credentials (systemd.exec(5), "Credentials"). They are written here without systemd's library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ipc/fd.h"
#include "ipc/loop.h"
#include "ipc/result.h"
#include "options.pb.h"

namespace zoobar {

// Returns a socket that is connected to $NOTIFY_SOCKET. The descriptor is invalid if the variable is not set. Unsets
// the variable.
Result<Fd> ConnectNotifySocket();
// Sends a state such as "READY=1" or "STOPPING=1" to the service manager. Does nothing if the socket is invalid.
void Notify(const Fd& socket, std::string_view state);

struct PassedSocket {
  Fd socket;
  // What its name says (FileDescriptorName= in systemd.socket(5)).
  bool tls = false;             // "https"
  Role own = ROLE_UNSPECIFIED;  // "metrics" or "console": the listener of this role
};

// Returns the listening sockets that a service manager passed ($LISTEN_FDS, $LISTEN_PID, $LISTEN_FDNAMES), and makes
// them close-on-exec and non-blocking. Returns an Error if one of them is not a listening socket. Unsets the variables.
Result<std::vector<PassedSocket>> TakeListenFds();

// Returns the time after which the service manager ends this process if it has not sent "WATCHDOG=1" ($WATCHDOG_USEC,
// $WATCHDOG_PID). Zero: the manager expects nothing. Returns an Error if the time is no number or under a second. Unsets
// the variables.
Result<Milliseconds> TakeWatchdog();

// Returns the path of the credential with this name (LoadCredential=), if the service manager has passed one on in
// $CREDENTIALS_DIRECTORY. Else returns an empty text.
std::string CredentialPath(std::string_view name);
// The same, or else the path of the file with this name in the state directory, which need not exist.
std::string SecretPath(const std::string& state_dir, std::string_view name);

}  // namespace zoobar
