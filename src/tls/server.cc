#include "tls/server.h"

#include <openssl/err.h>

#include <algorithm>

#include "ipc/try.h"
#include "tls/certificate.h"

namespace zoobar {
namespace {

// wiki.mozilla.org/Security/Server_Side_TLS, "Intermediate compatibility", without DHE: its groups cost much time.
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kSuites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256";
// Those for which the role keys signs (tls/handshake_content.h).
constexpr const char* kSignatureSchemes =
    "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512";
// How long a client may resume a session, in seconds. Each ticket's key lives longer (roles/keys/ticket_keys.h).
constexpr long kResumeFor = 12 * 60 * 60;
constexpr std::size_t kTickets = 2;          // of each handshake, as browsers open several connections
constexpr unsigned kSupportedVersions = 43;  // the extension, RFC 8446, 4.2.1
constexpr int kTls13 = 0x0304;

std::string AsList(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& name : protocols) list += static_cast<char>(name.size()) + name;
  return list;
}

std::string LowerHost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string lower(host);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

}  // namespace

struct TlsServer::Loaded {
  CertificatePtr leaf;
  std::vector<CertificatePtr> others;
  PkeyPtr key;

  static Result<Loaded> From(const Certificate& about, const RemoteKeys& keys) {
    Loaded loaded;
    for (int i = 0; i < about.chain_size(); ++i) {
      TRY(CertificatePtr certificate, ParseDer(about.chain(i)));
      (i == 0 ? loaded.leaf : loaded.others.emplace_back()) = std::move(certificate);
    }
    if (!loaded.leaf) return Error{"a certificate without content"};
    TRY(loaded.key, keys.Load(X509_get0_pubkey(loaded.leaf.get()), about.key_id()));
    return loaded;
  }
};

TlsServer::TlsServer(Signer& signer, std::vector<std::string> protocols)
    : protocols_(AsList(protocols)), keys_(MustHave(RemoteKeys::Open(signer))), bare_(MustHave(NewContext())) {}

Result<SslContextPtr> TlsServer::NewContext() {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const c = context.get();
  if (!c || SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(c, kSuites12) != 1 ||
      SSL_CTX_set_ciphersuites(c, kSuites13) != 1 || SSL_CTX_set1_groups_list(c, kGroups) != 1 ||
      SSL_CTX_set1_sigalgs_list(c, kSignatureSchemes) != 1) {
    return OpensslError("the settings of TLS");
  }
  SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
  // Buffers are freed whenever they are empty, so that an idle connection costs little memory.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_ASYNC);
  SSL_CTX_set_read_ahead(c, 1);  // one system call for several records
  SSL_CTX_set_verify(c, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(c, kResumeFor);
  SSL_CTX_set_max_early_data(c, 0);
  SSL_CTX_set_app_data(c, this);
  SSL_CTX_set_tlsext_servername_callback(c, OnServerName);
  SSL_CTX_set_tlsext_servername_arg(c, this);
  SSL_CTX_set_alpn_select_cb(c, OnProtocols, this);
  SSL_CTX_set_client_hello_cb(c, OnClientHello, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(c, OnTicket);
  return context;
}

Result<SSL_CTX*> TlsServer::ContextFor(const Pair& pair, const std::vector<Loaded>& certificates) {
  const auto found = std::ranges::find(contexts_, pair, &std::pair<Pair, SslContextPtr>::first);
  if (found != contexts_.end()) return found->second.get();
  TRY(SslContextPtr context, NewContext());
  for (const int index : {pair.ecdsa, pair.rsa}) {
    if (index < 0) continue;
    const Loaded& loaded = certificates[static_cast<std::size_t>(index)];
    if (SSL_CTX_use_cert_and_key(context.get(), loaded.leaf.get(), loaded.key.get(), nullptr, 1) != 1)
      return OpensslError("a certificate");
    for (const CertificatePtr& other : loaded.others) {
      if (SSL_CTX_add1_chain_cert(context.get(), other.get()) != 1) return OpensslError("a chain of certificates");
    }
  }
  return contexts_.emplace_back(pair, std::move(context)).second.get();
}

Status TlsServer::Use(const CertificatesReply& reply) {
  Status failed;
  std::vector<Loaded> loaded;
  std::vector<std::pair<std::string, Pair>> hosts;  // in the order of the certificates
  for (const Certificate& about : reply.certificates()) {
    Result<Loaded> one = Loaded::From(about, keys_);
    if (!one.ok()) {
      failed = one.error();
      continue;
    }
    const int index = static_cast<int>(loaded.size());
    loaded.push_back(std::move(*one));
    for (const std::string& name : about.names()) {
      auto host = std::ranges::find(hosts, name, &std::pair<std::string, Pair>::first);
      if (host == hosts.end()) host = hosts.insert(hosts.end(), {name, Pair()});
      int& place = about.kind() == KEY_KIND_RSA ? host->second.rsa : host->second.ecdsa;
      if (place < 0) place = index;
    }
  }
  // Connections hold references to the contexts that they use.
  hosts_.clear();
  contexts_.clear();
  fallback_ = nullptr;
  for (const auto& [name, pair] : hosts) {
    const Result<SSL_CTX*> context = ContextFor(pair, loaded);
    if (!context.ok()) {
      failed = context.error();
      continue;
    }
    hosts_.emplace(name, *context);
    if (!fallback_) fallback_ = *context;
  }
  return failed;
}

Result<SslPtr> TlsServer::Accept(int socket) {
  ERR_clear_error();
  SslPtr ssl(SSL_new(fallback_ ? fallback_ : bare_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return OpensslError("a connection");
  SSL_set_accept_state(ssl.get());
  SSL_set_num_tickets(ssl.get(), tickets_.size() > 0 ? kTickets : 0);
  return ssl;
}

SSL_CTX* TlsServer::Find(std::string_view host) const {
  const std::string name = LowerHost(host);
  if (const auto exact = hosts_.find(name); exact != hosts_.end()) return exact->second;
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos || dot == 0) return nullptr;
  const auto wild = hosts_.find("*" + name.substr(dot));
  return wild == hosts_.end() ? nullptr : wild->second;
}

int TlsServer::OnServerName(SSL* ssl, int*, void* self) {
  const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  SSL_CTX* const context = host ? static_cast<TlsServer*>(self)->Find(host) : nullptr;
  if (!context) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, context);
  return SSL_TLSEXT_ERR_OK;
}

int TlsServer::OnProtocols(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                           unsigned size, void* self) {
  const std::string& ours = static_cast<TlsServer*>(self)->protocols_;
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, length, reinterpret_cast<const unsigned char*>(ours.data()),
                                            static_cast<unsigned>(ours.size()), offered, size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// A client without TLS 1.3 gets no ticket (tls/tickets.h).
int TlsServer::OnClientHello(SSL* ssl, int*, void*) {
  const unsigned char* versions = nullptr;
  std::size_t size = 0;
  bool tls13 = false;
  if (SSL_client_hello_get0_ext(ssl, kSupportedVersions, &versions, &size) == 1) {
    for (std::size_t i = 1; i + 1 < size; i += 2) tls13 = tls13 || (versions[i] << 8 | versions[i + 1]) == kTls13;
  }
  if (!tls13) SSL_set_options(ssl, SSL_OP_NO_TICKET);
  return SSL_CLIENT_HELLO_SUCCESS;
}

int TlsServer::OnTicket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                        int seal) {
  auto* self = static_cast<TlsServer*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  return self->tickets_.Prepare(name, iv, cipher, mac, seal != 0);
}

}  // namespace zoobar
