// Tokens. With a token a browser proves which session or device it has. Only hashes of tokens are stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

inline constexpr std::size_t kSessionTokenBytes = 32, kDeviceTokenBytes = 16;

// Returns this many random bytes from the kernel's generator, as base64url without padding. A session token has 43
// characters and a device token has 22. Cookies carry this text.
Bytes FreshToken(std::size_t random_bytes);

enum class TokenKind { kSession, kDevice, kClaim };  // a claim has the size of a session token

// Returns the key under which a token is stored, 32 bytes. The key is the BLAKE2b-256 hash of "zoobar session ",
// "zoobar device " or "zoobar claim ", followed by the token's text. A fast hash without salt is enough, since tokens
// are random and long. Returns an empty string if the text cannot be a token of this kind.
std::string TokenKey(TokenKind kind, std::string_view token);

}  // namespace zoobar
