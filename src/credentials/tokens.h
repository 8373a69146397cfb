// Tokens: what a browser holds to prove who it is. Stored as hashes only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

inline constexpr std::size_t kSessionTokenBytes = 32, kDeviceTokenBytes = 16;

// So many random bytes from the kernel's generator, in base64url without padding (43 and 22 characters): cookies carry
// it as it is.
Bytes FreshToken(std::size_t random_bytes);

enum class TokenKind { kSession, kDevice, kClaim };  // a claim has the size of a session

// What a token is stored under: BLAKE2b-256 of "zoobar session ", "zoobar device " or "zoobar claim " and the token's
// text. 32 bytes.
// Tokens are random and long, so a plain hash is enough. Empty for text that no FreshToken of this kind could be.
std::string TokenKey(TokenKind kind, std::string_view token);

}  // namespace zoobar
