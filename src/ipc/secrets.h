// A frame has one secret. These functions pack several values into it, such as passwords, tokens, and unread bytes of
// requests.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// Packs the pieces one after the other. Each piece is written as its length (32 bits, little-endian), then its bytes.
Bytes PackSecrets(std::initializer_list<std::string_view> pieces);

// Unpacks the pieces. Returns an Error if the secret does not hold exactly `count` pieces. The views point into
// `secret`.
Result<std::vector<std::string_view>> UnpackSecrets(const Bytes& secret, std::size_t count);

}  // namespace zoobar
