// Role:      edge. It accepts the clients' TLS connections, does the handshakes, and passes the plain bytes to the
//            dispatcher and back.
// Called by: keys (the certificates have changed).
// Calls:     keys (signatures, certificates, keys of tickets), dispatcher (to serve a connection).
// Holds:     the listening sockets of TLS, and the sessions that are open.
// If compromised: it reads and alters the traffic that passes while it is held, passwords included. It has no private
//            key to take along, and reaches no store.
// Known limits: the keys of TLS tickets are in its memory. Whoever takes them can pose as the site to clients that
//            resume a session, for at most a day.
#pragma once

#include "edge.pb.h"
#include "site/role.h"

namespace zoobar {

class Edge : public RoleBody {
 public:
  explicit Edge(Site& site);

  Task<Result<Outgoing<Nothing>>> CertificatesChanged(Incoming<CertificatesChangedRequest> call);

 private:
  Site& site_;
};

extern const RoleSpec kEdgeRole;

}  // namespace zoobar
