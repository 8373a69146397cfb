// Certificates and private keys, read from the files that the operator has: PEM, as RFC 7468 describes it. Nothing here
// reads what a client sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/result.h"
#include "keys.pb.h"
#include "tls/openssl.h"

namespace zoobar {

inline constexpr std::size_t kMaxChainBytes = 64 * 1024, kMaxKeyBytes = 16 * 1024;  // of the files, in PEM
inline constexpr int kMaxChain = 10;                                                // certificates in one chain
inline constexpr std::size_t kMaxNames = 100;                                       // names of one certificate

// Reads a chain of certificates in PEM and says what is in it: everything of the message but `origin`. The first one is
// the server's own. Text between the certificates is skipped. Returns an Error, for the operator, if the text has no
// certificate or too many, if the public key is of a kind that is not served (RSA of 2048 to 4096 bits, ECDSA on P-256 or
// P-384), or if the certificate has no name of a host (subjectAltName).
Result<Certificate> ReadChain(std::string_view pem);

// Reads a private key in PEM. Returns an Error if it is encrypted with a password.
Result<PkeyPtr> ReadPrivateKey(std::string_view pem);

// Returns an Error unless the private key belongs to the first certificate of the chain.
Status CheckKeyOf(const Certificate& certificate, const EVP_PKEY* key);

// Parses one certificate of Certificate::chain. `library`: the context whose algorithms its public key will use; null
// for the default one.
Result<CertificatePtr> ParseDer(std::string_view der, OSSL_LIB_CTX* library = nullptr);

// Returns true if the certificate is for this host. `host`: in lower case, without a dot at its end. A name that starts
// with "*." stands for one more label (RFC 6125, 6.4.3).
bool IsFor(const Certificate& certificate, std::string_view host);

}  // namespace zoobar
