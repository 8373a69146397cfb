// The HTTP server of a role with a listener of its own for a few people or programs: metrics and console. Its places do
// not come from those of the site's clients. One address may have half of them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "http/connection.h"
#include "listen/acceptor.h"
#include "site/role.h"

namespace zoobar {

// The role's class derives from it, and implements OnHead and OnRequest.
class SmallServer : public HttpHandler {
 public:
  static constexpr std::size_t kPlaces = 64;

  // Takes the descriptors that were passed as "listener.NAME". what: for whom the connections are, as in "All 64
  // connections for figures are in use."
  SmallServer(Site& site, std::string_view what);

  // For the functions of RoleBody with these names.
  void RestServer() { acceptor_.Rest(); }
  void DrainServer(std::function<void()> done);

 protected:
  void OnDetached(Client, Fd, Bytes, Departure) override {}
  void OnClosed(const Client& client) override { acceptor_.Left(client.peer, client.number); }

 private:
  void Welcome(const Client& client, Fd socket, Acceptor::Entry entry);

  const std::string what_;
  Connections connections_;
  Acceptor acceptor_;
};

}  // namespace zoobar
