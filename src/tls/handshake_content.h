// What a server signs in a TLS handshake. The role keys signs nothing else, so whoever can ask it for signatures cannot
// have a certificate, a message or anything else signed with the site's keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ipc/result.h"
#include "keys.pb.h"
#include "tls/openssl.h"

namespace zoobar {

// A signature scheme of RFC 8446, 4.2.3.
struct SignatureScheme {
  std::uint16_t number;
  const char* digest;  // as libcrypto calls it: "SHA256"
  std::size_t digest_bytes;
  bool rsa, pss;
  KeyKind in_tls13;  // the only kind of key that it is for in TLS 1.3; KEY_KIND_UNSPECIFIED: not used in TLS 1.3
};
// Returns nullptr if no server signs with this scheme.
const SignatureScheme* FindScheme(std::uint32_t number);

// Returns an Error unless `content` is one of these, with a scheme that is used for it and fits the kind of key:
//   - TLS 1.3, CertificateVerify of a server: 64 spaces, "TLS 1.3, server CertificateVerify", a zero byte, the hash of
//     the transcript: 32 or 48 bytes (RFC 8446, 4.4.3)
//   - TLS 1.2, ServerKeyExchange of ECDHE: both random values, then a named curve with a public key: X25519 or P-256
//     (RFC 8422, 5.4)
Status CheckHandshakeContent(const SignatureScheme& scheme, KeyKind kind, std::string_view content);

// Hashes and signs the content. The caller has checked it.
Result<std::string> SignContent(EVP_PKEY* key, const SignatureScheme& scheme, std::string_view content);

}  // namespace zoobar
