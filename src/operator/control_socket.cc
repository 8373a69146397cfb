#include "operator/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <fstream>

#include "operator/ctl_print.h"
#include "text/utf8.h"

namespace zoobar {

Result<Fd> ConnectToControl(const std::string& state_dir) {
  const std::string none = "no master runs on " + state_dir;
  const std::string folder = state_dir + "/control";
  const Fd place(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place && errno == ENOENT) return Error{none};
  if (!place) return Error::FromErrno(folder);
  // Names the socket by the directory's descriptor, because the full path may be longer than a socket's name may be.
  const std::string path = fmt::format("/proc/self/fd/{}/control.sock", place.get());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error::FromErrno("socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  if (errno == ENOENT || errno == ECONNREFUSED) return Error{none};
  return Error::FromErrno(folder + "/control.sock");
}

std::vector<std::string> ListeningAt(const std::string& state_dir) {
  std::ifstream file(state_dir + "/listening");
  std::vector<std::string> addresses;
  for (std::string address; std::getline(file, address);) addresses.push_back(Printable(address));
  return addresses;
}

}  // namespace zoobar
