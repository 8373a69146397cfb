// Reads what a browser's script sends about a passkey (web/root/zoobar/media/passkeys.js). Everything that has no fixed
// layout is parsed here, in the role that has no privilege, so that auth needs no parser: base64url, and the CBOR of a new
// credential (src/webauthn).
#pragma once

#include <string>

#include "auth.pb.h"
#include "http/form.h"
#include "ipc/result.h"

namespace zoobar {

inline constexpr std::size_t kMostPasskeyLabel = 64;  // bytes of what a member calls a passkey

// Reads a login. The caller adds the client's address and agent. Returns an Error that says which field is wrong.
Result<PasskeyLoginRequest> ReadPasskeyLogin(const FormFields& form);

// Reads a new passkey. The caller adds the client's address.
Result<AddPasskeyRequest> ReadNewPasskey(const FormFields& form);

// Returns what is wrong with the name that a member chose for a passkey, for the page. Empty: nothing. No name at all is
// good too.
std::string_view FaultOfLabel(std::string_view label);

}  // namespace zoobar
