// Role:      keys. It holds the private keys of the site's certificates, signs TLS handshakes with them, and draws the
//            keys of TLS tickets.
// Called by: edge (signatures, certificates, keys of tickets), admin (certificates; installs one).
// Calls:     edge (the certificates have changed).
// Holds:     the private keys, from files that the master opened as root, and of installed certificates in the LMDB
//            environment `keys`. In memory only: the keys of TLS tickets, each for at most a day.
// If compromised: the attacker can pose as the site until the certificates are replaced and revoked. Recorded traffic
//            stays secret, because every handshake has an exchanged key of its own.
// Known limits: a compromised edge can have handshakes signed for as long as it is held: it gets signatures, never a
//            key.
#pragma once

#include "keys.pb.h"
#include "site/role.h"

namespace zoobar {

class Keys : public RoleBody {
 public:
  explicit Keys(Site& site);

  Task<Result<Outgoing<CertificatesReply>>> Certificates(Incoming<CertificatesRequest> call);
  Task<Result<Outgoing<SignReply>>> Sign(Incoming<SignRequest> call);
  Task<Result<Outgoing<TicketKeysReply>>> TicketKeys(Incoming<TicketKeysRequest> call);
  Task<Result<Outgoing<InstallReply>>> Install(Incoming<InstallRequest> call);

 private:
  Site& site_;
};

extern const RoleSpec kKeysRole;

}  // namespace zoobar
