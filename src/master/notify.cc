#include "master/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>

#include "ipc/channel.h"
#include "text/utf8.h"

namespace zoobar {

Result<Fd> ConnectNotifySocket() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path || !*path) return Fd();
  const std::string name = path;
  unsetenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path) return Error::Of("NOTIFY_SOCKET: {} bytes, too long", name.size());
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';  // '@' stands for the zero byte that begins an abstract name
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (!socket || connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return Error::FromErrno("NOTIFY_SOCKET " + name);
  }
  return socket;
}

void Notify(const Fd& socket, std::string_view state) {
  // A failure is ignored, because it means that no service manager listens.
  if (socket) [[maybe_unused]]
    const auto sent = send(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

namespace {

// The role whose own listener has this name.
Role OwnerOf(std::string_view name) {
  const Role role = RoleByName(name);
  return role == ROLE_METRICS || role == ROLE_CONSOLE ? role : ROLE_UNSPECIFIED;
}

}  // namespace

Result<std::vector<PassedSocket>> TakeListenFds() {
  constexpr int kFirst = 3;
  std::vector<PassedSocket> sockets;
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (!pid || !count || std::to_string(getpid()) != pid) return sockets;
  const int fds = std::atoi(count);
  const char* const listed = std::getenv("LISTEN_FDNAMES");
  std::istringstream names(listed ? listed : "");  // one for each, with a colon between two
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  if (fds < 0 || fds > 64) return Error::Of("LISTEN_FDS={}: must be 0 to 64", fds);
  for (int fd = kFirst; fd < kFirst + fds; ++fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening) {
      return Error::Of("LISTEN_FDS: descriptor {} is not a listening socket", fd);
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    std::string name;
    std::getline(names, name, ':');
    sockets.push_back({Fd(fd), name == "https", OwnerOf(name)});
  }
  return sockets;
}

Result<Milliseconds> TakeWatchdog() {
  constexpr std::uint64_t kLeast = 1'000'000;
  const char* const pid = std::getenv("WATCHDOG_PID");
  const char* const set = std::getenv("WATCHDOG_USEC");
  if (!set || (pid && std::to_string(getpid()) != pid)) return Milliseconds(0);
  const std::string text = set;
  for (const char* name : {"WATCHDOG_PID", "WATCHDOG_USEC"}) unsetenv(name);
  std::uint64_t micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (error != std::errc() || end != text.data() + text.size() || micros < kLeast)
    return Error::Of("WATCHDOG_USEC={}: must be a number of at least {}", Printable(text), kLeast);
  return Milliseconds(static_cast<std::int64_t>(micros / 1000));
}

std::string CredentialPath(std::string_view name) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder || !*folder) return {};
  std::string path = fmt::format("{}/{}", folder, name);
  return access(path.c_str(), F_OK) == 0 ? path : std::string();
}

std::string SecretPath(const std::string& state_dir, std::string_view name) {
  std::string passed = CredentialPath(name);
  return passed.empty() ? fmt::format("{}/{}", state_dir, name) : passed;
}

}  // namespace zoobar
