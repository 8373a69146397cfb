// Role:      keys. It holds the private keys of the site's certificates, signs TLS handshakes with them, and draws the
//            keys of TLS tickets.
// Called by: edge (signatures, certificates, keys of tickets), admin (certificates; installs one).
// Calls:     edge (the certificates have changed).
// Holds:     the private keys, from files that the master opened as root, and of installed certificates in the LMDB
//            environment `keys`. In memory only: the keys of TLS tickets, each for at most a day.
// Shares:    one signature takes at most a few milliseconds and nobody waits here: edge shares the signatures that it
//            asks for among the clients' addresses (edge/signatures.h).
// If compromised: the attacker can pose as the site until the certificates are replaced and revoked. Recorded traffic
//            stays secret, because every handshake has an exchanged key of its own.
// Known limits: a compromised edge can have handshakes signed for as long as it is held: it gets signatures, never a
//            key. A key that was replaced stays in a free page of the store's file until that page is used again.
//
// It reads no byte of a client but what tls/handshake_content.h checks: fixed prefixes and lengths.
#pragma once

#include <memory>
#include <string>

#include "edge.pb.h"
#include "keys.pb.h"
#include "roles/keys/key_ring.h"
#include "roles/keys/ticket_keys.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "store/certificates.h"

namespace zoobar {

class Keys : public RoleBody {
 public:
  // Opens the store in `folder`, and reads the certificates that were passed under the names "tls.N.certificate" and
  // "tls.N.key". Ends the process if the store cannot be opened. A certificate that cannot be used is left out, and the
  // log says why.
  Keys(Site& site, std::string folder);

  Task<Result<Outgoing<CertificatesReply>>> Certificates(Incoming<CertificatesRequest> call);
  Task<Result<Outgoing<SignReply>>> Sign(Incoming<SignRequest> call);
  Task<Result<Outgoing<TicketKeysReply>>> TicketKeys(Incoming<TicketKeysRequest> call);
  Task<Result<Outgoing<InstallReply>>> Install(Incoming<InstallRequest> call);

  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }

 private:
  void LoadConfigured();
  void LoadInstalled();
  void CountThings();

  Site& site_;
  std::unique_ptr<CertificateStore> store_;
  KeyRing ring_;
  TicketKeyRing tickets_;
  Timer ticket_clock_;
  InFlight in_flight_;
  bool installing_ = false;
  std::int64_t signed_ = 0, refused_ = 0, installed_ = 0;
};

extern const RoleSpec kKeysRole;

}  // namespace zoobar
