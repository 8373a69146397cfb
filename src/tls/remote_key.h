// A private key for libssl whose private part is in another process. libssl uses it like any other key of a
// certificate, but each signature is made by a Signer.
//
// This is a provider (provider(7ossl)) with two kinds of keys (keymgmt: RSA and EC) and one signature algorithm. A key
// has a public part only, and refuses to be exported with a private part. So libssl cannot move it to another provider,
// and has to sign with the algorithm of this one. It passes the whole content that is to be signed (EVP_DigestSign in
// one call), for TLS 1.3 and TLS 1.2 alike, so that the other process can check what it signs.
//
// The provider is loaded into a library context of its own. All other algorithms come from the context of the SSL_CTX,
// where this provider does not exist.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ipc/bytes.h"
#include "ipc/result.h"
#include "tls/openssl.h"

namespace zoobar {

// Makes the signatures of remote keys.
class Signer {
 public:
  virtual ~Signer() = default;
  // Returns the signature, or nullopt if there is none. The handshake then fails. key_id: as RemoteKeys::Load got it.
  // scheme: as in RFC 8446, 4.2.3. The function may pause the job of OpenSSL that it runs in (ASYNC_pause_job(3ossl)).
  virtual std::optional<std::string> Sign(std::string_view key_id, std::uint16_t scheme, std::string_view content) = 0;
};

class RemoteKeys {
 public:
  // `signer` must outlive this object and all keys that it has loaded.
  static Result<RemoteKeys> Open(Signer& signer);

  // Returns the private half of this public key (RSA, or EC on P-256 or P-384), for SSL_CTX_use_cert_and_key and its
  // like. Returns an Error for a key of another kind.
  Result<PkeyPtr> Load(EVP_PKEY* public_key, std::string_view key_id) const;

 private:
  explicit RemoteKeys(Signer& signer) : signer_(&signer) {}

  Signer* signer_;
  // In this order: a provider is unloaded before its library context is freed.
  LibraryPtr library_;
  ProviderPtr provider_;
};

}  // namespace zoobar
