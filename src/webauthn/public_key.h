// The public keys of passkeys, and the signatures that they check.
//
// An authenticator sends its key as a COSE_Key (RFC 9052, section 7; RFC 9053). ParseCoseKey reads exactly three kinds,
// with exactly the fields that WebAuthn Level 3, section 5.8.5 names, and brings each into a fixed layout:
//
//   algorithm            COSE                                     layout
//   kEs256    -7         EC2 on P-256 (RFC 9053, 7.1.1)           x and y, 32 bytes each
//   kEdDsa    -8         OKP on Ed25519 (RFC 9053, 7.2)           32 bytes
//   kRs256    -257       RSA (RFC 8230, 4; RFC 8812, 2)           the modulus, 256 to 512 bytes; the exponent is 65537
//
// So the role that parses what comes from the network need not be the role that keeps the key and checks signatures:
// CheckKey and CheckSignature read fixed layouts alone. The signature itself is checked by OpenSSL, which also parses it
// (ES256: DER).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ipc/result.h"

namespace zoobar {

// The numbers of COSE (IANA, "COSE Algorithms").
enum class PasskeyAlgorithm : std::int32_t { kEs256 = -7, kEdDsa = -8, kRs256 = -257 };

struct PasskeyKey {
  PasskeyAlgorithm algorithm = PasskeyAlgorithm::kEs256;
  std::string bytes;  // in the layout above
};

inline constexpr std::size_t kMostSignatureBytes = 512;  // RSA of 4096 bits

class CborReader;
// Reads the key that comes next.
Result<PasskeyKey> ParseCoseKey(CborReader& reader);

// Whether `algorithm` is one of the three, and `bytes` is a key of it: a point on the curve, a modulus of the right
// length. Returns an Error that says what is wrong.
Status CheckKey(std::int32_t algorithm, std::string_view bytes);

// Whether the owner of the key has signed `text`. Returns false for everything that is not so, also for a key or a
// signature of another form. StartOpenssl (tls/openssl.h) must have been called.
bool CheckSignature(const PasskeyKey& key, std::string_view text, std::string_view signature);

}  // namespace zoobar
