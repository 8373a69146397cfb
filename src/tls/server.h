// The server's side of TLS: versions, cipher suites, certificates by the host's name, ALPN and tickets. It makes the SSL
// object of each connection. It holds no private key: a Signer makes the signatures (tls/remote_key.h).
//
// TLS 1.2 and 1.3. The suites are those of Mozilla's "intermediate" recommendation, with ECDHE and AEAD only. Key
// exchange by X25519 or P-256. There is no compression, no renegotiation, no early data (0-RTT), no cache of sessions
// and no client certificate.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ipc/result.h"
#include "keys.pb.h"
#include "tls/openssl.h"
#include "tls/remote_key.h"
#include "tls/tickets.h"

namespace zoobar {

class TlsServer {
 public:
  // protocols: the names for ALPN (RFC 7301), the preferred one first. A client that offers others only is refused; one
  // that offers none is served, and has no protocol.
  // Ends the process if OpenSSL cannot be used. `signer` must outlive this object and every SSL object that it made.
  TlsServer(Signer& signer, std::vector<std::string> protocols);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // Uses these certificates from now on, the first one for clients that name no host or an unknown one. Connections that
  // exist keep theirs. Returns an Error if some could not be used; the others are in use then.
  Status Use(const CertificatesReply& certificates);
  bool has_certificate() const { return fallback_ != nullptr; }

  TicketSealer& tickets() { return tickets_; }

  // Returns the SSL object for a connected, non-blocking socket, which the caller keeps open for as long. Its operations
  // run as jobs of OpenSSL (SSL_MODE_ASYNC) until the handshake is over.
  Result<SslPtr> Accept(int socket);

 private:
  // The context for a host that has up to two certificates, one of each kind of key.
  struct Pair {
    int rsa = -1, ecdsa = -1;  // indexes in the list of certificates
    auto operator<=>(const Pair&) const = default;
  };
  struct Loaded;

  Result<SslContextPtr> NewContext();
  Result<SSL_CTX*> ContextFor(const Pair& pair, const std::vector<Loaded>& certificates);
  SSL_CTX* Find(std::string_view host) const;
  static int OnServerName(SSL* ssl, int* alert, void* self);
  static int OnProtocols(SSL* ssl, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                         unsigned size, void* self);
  static int OnClientHello(SSL* ssl, int* alert, void* self);
  static int OnTicket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                      int seal);

  std::string protocols_;  // as ALPN writes a list: the length of each name before it
  RemoteKeys keys_;
  TicketSealer tickets_;
  SslContextPtr bare_;  // without a certificate, for a site that has none
  std::vector<std::pair<Pair, SslContextPtr>> contexts_;
  std::unordered_map<std::string, SSL_CTX*>
      hosts_;  // by the names of the certificates, with "*." at their start or not
  SSL_CTX* fallback_ = nullptr;
};

}  // namespace zoobar
