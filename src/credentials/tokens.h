// Tokens, by which a browser proves which session or device it has. Only hashes of tokens are stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

inline constexpr std::size_t kSessionTokenBytes = 32, kDeviceTokenBytes = 16;

// So many random bytes from the kernel's generator, as base64url without padding (43 and 22 characters). Cookies carry
// this text.
Bytes FreshToken(std::size_t random_bytes);

enum class TokenKind { kSession, kDevice, kClaim };  // a claim has the size of a session token

// The key under which a token is stored: BLAKE2b-256 of "zoobar session ", "zoobar device " or "zoobar claim ",
// followed by the token's text. 32 bytes. A plain hash is enough, since tokens are random and long. Empty for a text
// that cannot be a token of this kind.
std::string TokenKey(TokenKind kind, std::string_view token);

}  // namespace zoobar
