#include "master/listeners.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <vector>

#include "confine/unconfined.h"
#include "ipc/try.h"
#include "master/notify.h"

namespace zoobar {
namespace {

constexpr int kBacklog = 4096;

Result<std::string> AddressOf(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return Error::FromErrno("getsockname");
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
    inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(address->sin6_port));
  }
  if (storage.ss_family != AF_INET) return std::string("unix");
  const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
  inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(address->sin_port));
}

// The address in this row, written as AddressOf writes it.
std::string AddressOf(const Config::Listen& row) {
  char text[INET6_ADDRSTRLEN] = "";
  in6_addr six;
  in_addr four;
  if (inet_pton(AF_INET6, row.address().c_str(), &six) == 1) {
    inet_ntop(AF_INET6, &six, text, sizeof text);
    return fmt::format("[{}]:{}", text, row.port());
  }
  if (inet_pton(AF_INET, row.address().c_str(), &four) == 1) inet_ntop(AF_INET, &four, text, sizeof text);
  return fmt::format("{}:{}", text, row.port());
}

// Finds the row of a socket that another program has bound, so that the socket gets the settings of this row. systemd
// may pass sockets in any order.
Status FindRow(const Config& config, Ground::Listener& listener) {
  for (int i = 0; i < config.listen_size(); ++i) {
    if (AddressOf(config.listen(i)) != listener.address) continue;
    if (config.listen(i).tls() != listener.tls) {
      return Error::Of(
          "LISTEN_FDS: {}: its row among `listen` says tls: {}, but its name (FileDescriptorName) {} \"https\"",
          listener.address, config.listen(i).tls(), listener.tls ? "is" : "is not");
    }
    listener.row = i;
  }
  return {};
}

// Moves the sockets for roles with a listener of their own from `passed` to the ground.
Status TakeOwn(std::vector<PassedSocket>& passed, Ground& ground) {
  for (PassedSocket& each : passed) {
    if (each.own == ROLE_UNSPECIFIED) continue;
    Fd& socket = ground.own[each.own].socket;
    if (socket) return Error::Of("LISTEN_FDS: only one socket may have the name \"{}\"", RoleName(each.own));
    socket = std::move(each.socket);
  }
  std::erase_if(passed, [](const PassedSocket& each) { return each.own != ROLE_UNSPECIFIED; });
  return {};
}

}  // namespace

Result<Fd> BindListener(const Config::Listen& listen_at) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  socklen_t size = sizeof *v4;
  v4->sin_family = AF_INET;
  v4->sin_port = htons(static_cast<std::uint16_t>(listen_at.port()));
  if (inet_pton(AF_INET, listen_at.address().c_str(), &v4->sin_addr) != 1) {
    size = sizeof *v6;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(listen_at.port()));
    inet_pton(AF_INET6, listen_at.address().c_str(), &v6->sin6_addr);
  }
  const std::string where = fmt::format("listen on {} port {}", listen_at.address(), listen_at.port());
  Fd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error::FromErrno(where);
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (storage.ss_family == AF_INET6) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) return Error::FromErrno(where);
  if (listen(socket.get(), kBacklog) != 0) return Error::FromErrno(where);
  return socket;
}

Status BindListeners(Ground& ground) {
  TRY(std::vector<PassedSocket> passed, TakeListenFds());
  TRY_STATUS(TakeOwn(passed, ground));
  if (!passed.empty() && ground.sources.listens.empty()) {
    for (PassedSocket& each : passed) ground.listeners.push_back({std::move(each.socket), each.tls, {}, -1});
  } else {
    for (int i = 0; i < ground.config.listen_size(); ++i) {
      TRY(Fd socket, BindListener(ground.config.listen(i)));
      ground.listeners.push_back({std::move(socket), ground.config.listen(i).tls(), {}, i});
    }
  }
  for (Ground::Listener& listener : ground.listeners) {
    TRY(listener.address, AddressOf(listener.socket.get()));
    if (const Status may = MayServe(listener.socket.get()); !may.ok())
      return Error::Of("listen on {}: {}", listener.address, may.error().text);
    if (listener.row < 0) TRY_STATUS(FindRow(ground.config, listener));
  }
  return {};
}

std::map<Role, Config::Listen> OwnListeners(const Config& config) {
  std::map<Role, Config::Listen> rows;
  const auto add = [&rows](Role role, const auto& settings) {
    rows[role].set_address(settings.address());
    rows[role].set_port(settings.port());
  };
  if (config.has_metrics()) add(ROLE_METRICS, config.metrics());
  if (config.has_console()) add(ROLE_CONSOLE, config.console());
  return rows;
}

Status BindOwnListeners(Ground& ground) {
  for (const auto& [role, row] : OwnListeners(ground.config)) {
    if (ground.own[role].socket) continue;
    Result<Fd> socket = BindListener(row);
    if (!socket.ok()) return Error::Of("{}: {}", RoleName(role), socket.error().text);
    ground.own[role].socket = std::move(*socket);
  }
  for (auto& [role, listener] : ground.own) {
    TRY(listener.address, AddressOf(listener.socket.get()));
    if (const Status may = MayServe(listener.socket.get()); !may.ok())
      return Error::Of("{}: listen on {}: {}", RoleName(role), listener.address, may.error().text);
  }
  return {};
}

}  // namespace zoobar
