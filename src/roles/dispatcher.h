// Role:      dispatcher. It accepts the clients' connections, reads one request head and picks the role that serves it.
// Called by: app and login (they give connections back), static (it reports that a file changed), edge (it passes on
//            connections whose TLS it has removed).
// Calls:     app and login (to serve a connection), static (to open a file).
// Holds:     the listening sockets and every open connection; files of the web root in a bounded cache.
// Shares:    each address has a share of the connections, of the turns at static, and of the turns at app
//            and at login. An IPv6 /64 counts as one address. app and login have a queue each, so connections for the
//            one do not wait for the other.
// If compromised: the attacker reads and alters all traffic from then on, with its passwords and session cookies. The
//            dispatcher has no key and no store, so the attacker gets nothing older.
// Known limits: the dispatcher does not see what app and login do with a connection. When all places are taken, it takes
//            a connection back from them only if that connection's address holds more than the newcomer's address. If a
//            client sends several requests without waiting for answers, the bytes of all that came together go to the
//            role of the first one, which gives those of others back. A configuration reload changes routes, limits and
//            proxies, but not listeners or what they are told.
//
// The parts: listen/acceptor (accepts connections and bounds their number), http/connection (requests),
// site/routes (which role serves a path), dispatcher/handover (connections that app or login serves for a while),
// dispatcher/files (static files), dispatcher/challenges (of ACME).
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "dispatcher.pb.h"
#include "http/connection.h"
#include "listen/acceptor.h"
#include "roles/dispatcher/challenges.h"
#include "roles/dispatcher/files.h"
#include "roles/dispatcher/handover.h"
#include "site/places.h"
#include "site/request_figures.h"
#include "site/role.h"
#include "site/routes.h"

namespace zoobar {

class Dispatcher : public RoleBody, private HttpHandler {
 public:
  // open_files: how many descriptors this process may open (RLIMIT_NOFILE); 0: ask the kernel.
  explicit Dispatcher(Site& site, std::size_t open_files = 0);

  Task<Result<Outgoing<Nothing>>> TakeBack(Incoming<TakeBackRequest> call);
  Task<Result<Outgoing<Nothing>>> FileChanged(Incoming<FileChangedRequest> call);
  Task<Result<Outgoing<AcceptReply>>> Accept(Incoming<AcceptRequest> call);

  void Rest() override { acceptor_.Rest(); }
  void Leave() override { leaving_ = true; }
  void Drain(std::function<void()> done) override;
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  // The life of a connection.
  void Welcome(Client client, Fd socket, Acceptor::Entry entry);
  void TurnAway(Client client, Fd socket, const Response& response, std::size_t at_most);
  void Ended(const Client& client);

  // The life of a request.
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  Verdict AnswerFile(HttpConnection& connection, const RequestHead& head);
  void OnRequest(Exchange exchange, Request request) override;
  Task<void> ServeFile(Exchange exchange, Request request);
  Task<void> ServeChallenge(Exchange exchange, Request request);
  static Response WithoutFile(const RequestHead& head, Role role);
  void OnDetached(Client client, Fd socket, Bytes unread, Departure why) override;
  void OnClosed(const Client& client) override;
  void OnServed(const Served& served) override;

  // The hand-over to this role. Returns nullptr if the role serves no pages.
  Handover* HandoverTo(Role role) const;
  void MakeHandovers();
  std::size_t away() const;      // connections that are at app, at login, or on their way there
  std::size_t underway() const;  // those of them that are on their way
  void EndDrain();
  void CountThings();

  Site& site_;
  const std::size_t open_files_;
  const std::size_t unnamed_;  // how many connections may wait for the header of the PROXY protocol
  const DescriptorPlan plan_;
  RouteTable routes_;
  StaticCache files_;
  Challenges challenges_;
  Connections connections_;
  std::map<Role, std::unique_ptr<Handover>> handovers_;
  Acceptor acceptor_;
  RequestFigures figures_;
  Role next_role_ = ROLE_UNSPECIFIED;  // OnHead's choice for the connection that OnDetached gets next
  std::size_t refusing_ = 0;           // connections over a limit. Each is open only until its refusal is sent
  bool leaving_ = false;               // only this process is restarted
  std::function<void()> drained_;
};

extern const RoleSpec kDispatcherRole;

}  // namespace zoobar
