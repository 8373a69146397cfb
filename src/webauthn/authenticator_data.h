// What an authenticator says about a registration or a login: "authenticator data" (WebAuthn Level 3, section 6.1).
//
//   bytes   is
//   32      SHA-256 of the id of the relying party, which is the host of the site
//   1       flags
//   4       the sign counter, big-endian
//   and, of a registration (section 6.5.1): AAGUID (16), the length of the credential id (2), the credential id, the
//   public key as COSE; and, if flag ED is set, one CBOR map of extensions
//
// The first 37 bytes have a fixed layout. The rest needs a parser, so the role that faces the network reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ipc/result.h"
#include "webauthn/public_key.h"

namespace zoobar {

inline constexpr std::size_t kAuthenticatorHeadBytes = 37, kRpIdHashBytes = 32;
inline constexpr std::size_t kMostAuthenticatorData = 4096;
inline constexpr std::size_t kMostCredentialId = 1023;  // WebAuthn Level 3, section 4, "Credential ID"

struct AuthenticatorHead {
  std::string_view rp_id_hash;
  bool user_present = false;   // UP: somebody touched it
  bool user_verified = false;  // UV: it has recognised its owner, by a PIN or a finger
  bool has_credential = false, has_extensions = false;
  std::uint32_t counter = 0;
};

// Reads a head that was cut off: exactly 37 bytes.
Result<AuthenticatorHead> ReadHeadAlone(std::string_view head);

// Reads the first 37 bytes. Returns an Error if there are fewer, if there are more than kMostAuthenticatorData in all,
// or if there are more although the flags declare nothing that follows.
Result<AuthenticatorHead> ReadAuthenticatorHead(std::string_view data);

// Checks the authenticator data of a login: nothing follows the head but the extensions that it declares, and these are
// one CBOR map.
Status CheckAssertionData(std::string_view data);

struct NewCredential {
  std::string_view head;  // the first 37 bytes
  std::string_view id;    // 1 to kMostCredentialId bytes
  PasskeyKey key;
};
// Reads the authenticator data of a registration. The views point into `data`. The key's numbers are not checked:
// CheckKey does that.
Result<NewCredential> ParseNewCredential(std::string_view data);

}  // namespace zoobar
