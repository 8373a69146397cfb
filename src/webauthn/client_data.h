// What a browser says about a registration or a login: clientDataJSON (WebAuthn Level 3, section 5.8.1).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zoobar {

enum class Ceremony { kCreate, kGet };  // a registration; a login

inline constexpr std::size_t kMostClientData = 4096;

// Whether the browser did this ceremony with this challenge on a page of this origin, in no frame of another site.
//
// This is the "Limited Verification Algorithm" of section 5.8.1.2. It makes the beginning that the text must have, and
// compares bytes; nothing parses JSON. (A browser that leaves `crossOrigin` out, as some did before Level 2, is
// refused.) `challenge`: its bytes, not base64url. `origin`: as IsPasskeyOrigin (origins.h) takes it.
bool ClientDataFits(std::string_view json, Ceremony ceremony, std::string_view challenge, std::string_view origin);

// Encodes as base64url without padding (RFC 4648, section 5).
std::string Base64Url(std::string_view bytes);

}  // namespace zoobar
