// The pieces inside a frame's secret: passwords, tokens, unread request bytes, each with its length before it.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "ipc/bytes.h"
#include "ipc/result.h"

namespace zoobar {

// One secret from many pieces: for each a 32-bit little-endian length, then its bytes.
Bytes PackSecrets(std::initializer_list<std::string_view> pieces);

// Back again; an error when it does not hold exactly `count` pieces. The views point into `secret`.
Result<std::vector<std::string_view>> UnpackSecrets(const Bytes& secret, std::size_t count);

}  // namespace zoobar
