// The challenges of ACME by which a certificate authority sees that this site has a name (HTTP-01; RFC 8555, 8.3). A
// client of ACME, such as certbot, writes each challenge as a file; the site serves it on plain HTTP.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "text/ascii.h"

namespace zoobar {

// The path of a challenge is this, and a token behind it. It is the same below the folder kChallenges (privileges.h).
inline constexpr std::string_view kChallengePath = "/.well-known/acme-challenge/";
// A challenge is a token, a dot and a thumbprint. Tokens have 22 characters or more; authorities use 43.
inline constexpr std::size_t kLongestToken = 128, kLongestChallenge = 1024;

// Whether the text has only the characters of a token, which are those of base64url, and a token's length.
inline bool IsChallengeToken(std::string_view text) {
  return !text.empty() && text.size() <= kLongestToken && std::ranges::all_of(text, [](char byte) {
    return IsLetter(byte) || IsDigit(byte) || byte == '-' || byte == '_';
  });
}

inline bool IsChallengePath(std::string_view path) { return path.starts_with(kChallengePath); }

}  // namespace zoobar
