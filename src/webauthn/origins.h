// The origins at which a site takes passkeys.
//
// A passkey belongs to one host (its "relying party", WebAuthn Level 3, section 5.1.2). Browsers make one only on a page
// that came by https, or from this machine under the name `localhost`. So the operator names the origins of the site
// (`auth { passkeys { origin: "https://bank.example" } }`), and each plain listener on a loopback address gives
// `http://localhost:PORT`. A page at another address, also at http://127.0.0.1, offers no passkeys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config.pb.h"

namespace zoobar {

inline constexpr std::size_t kMostPasskeyOrigins = 16;

// Whether this is an origin as browsers write it (RFC 6454, section 6.2), and one at which they take passkeys:
// "https://HOST", or "http://localhost", each with ":PORT" if the port is not the usual one. HOST is a name in lower case,
// letters, digits, '-' and '.'; an IP address has no passkeys.
bool IsPasskeyOrigin(std::string_view text);

// Returns the host of such an origin, which is the id of the relying party.
std::string_view RpIdOf(std::string_view origin);

// Returns the origins at which this site takes passkeys, those that the operator named first. A listener whose port the
// kernel chooses (port 0) gives none, because its port is not known here.
std::vector<std::string> PasskeyOrigins(const Config& config);

}  // namespace zoobar
