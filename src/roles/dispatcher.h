// Role:      dispatcher, the one that meets the clients: accepts, reads one request head, picks who serves it.
// Called by: app (it gives connections back), static (a file changed).
// Calls:     app (serve this connection), static (open this file).
// Holds:     the listening sockets and every open connection; files of the web root in a bounded cache.
// Shares:    connections, turns at static and turns at app are shared by address (IPv6 by /64).
// If compromised: it reads and alters traffic from then on, passwords and session cookies included. It has no key and
// no
//            store: what it takes has to be used while it passes.
// Known limits: what app does with a connection is not seen here: when all places are taken, app's are given up by
//            addresses that hold more than the newcomer's, and by no other. A configuration reload changes routes,
//            limits and proxies, not listeners.
//
// The parts: dispatcher/door (accepting and caps), http/connection (requests), site/routes (whose path it is),
// dispatcher/handover (connections that app serves for a while), dispatcher/files (static files).
#pragma once

#include <functional>
#include <memory>

#include "dispatcher.pb.h"
#include "http/connection.h"
#include "roles/dispatcher/door.h"
#include "roles/dispatcher/files.h"
#include "roles/dispatcher/handover.h"
#include "site/places.h"
#include "site/role.h"
#include "site/routes.h"

namespace zoobar {

class Dispatcher : public RoleBody, private HttpHandler {
 public:
  // open_files: RLIMIT_NOFILE as it stands; 0: ask the kernel.
  explicit Dispatcher(Site& site, std::size_t open_files = 0);

  Task<Result<Outgoing<Nothing>>> TakeBack(Incoming<TakeBackRequest> call);
  Task<Result<Outgoing<Nothing>>> FileChanged(Incoming<FileChangedRequest> call);

  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  // Of a connection.
  void Welcome(IpAddress peer, std::uint64_t number, Fd socket, Door::Entry entry);
  void TurnAway(Client client, Fd socket, const Response& response, std::size_t at_most);
  void Ended(const Client& client);

  // Of a request.
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  Verdict AnswerFile(HttpConnection& connection, const RequestHead& head);
  void OnRequest(Exchange exchange, Request request) override;
  Task<void> ServeFile(Exchange exchange, Request request);
  static Response WithoutFile(const RequestHead& head, Role role);
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override;
  void OnClosed(const Client& client) override;
  void OnServed(const Served& served) override;

  void CountThings();

  Site& site_;
  const std::size_t open_files_;
  const DescriptorPlan plan_;
  RouteTable routes_;
  StaticCache files_;
  Connections connections_;
  Handover handover_;
  Door door_;
  std::size_t refusing_ = 0;  // clients over a cap that are being told so
  std::function<void()> drained_;
};

extern const RoleSpec kDispatcherRole;

}  // namespace zoobar
