// One-time passwords, which the operator gives to members. The member logs in with it and must choose another password.
#pragma once

#include <cstddef>

#include "ipc/bytes.h"

namespace zoobar {

// "k7dm-9xqa-w3tz-pf2h": 16 characters of 32, in groups of four with '-' between them. That is 80 random bits.
inline constexpr std::size_t kOneTimePasswordBytes = 19;

// Returns a new one-time password, of kOneTimePasswordBytes, from the kernel's generator. It has only small letters and
// digits that people do not mistake for each other: there is no l, o, 0 or 1.
Bytes FreshOneTimePassword();

}  // namespace zoobar
