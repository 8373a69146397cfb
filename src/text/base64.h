// Decodes base64 (RFC 4648) without taking one text for another.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "text/ascii.h"

namespace zoobar {

// Writes the bytes that `text` stands for to `into`, which has room for `room` bytes, and returns their number. Returns
// nullopt if the text is not base64 of this variant (sodium_base64_VARIANT_...), or stands for more bytes. Characters of
// `ignored` are skipped; it may be null.
//
// sodium_base642bin reads each byte past ASCII as if it were the last letter of the alphabet, '/' or '_' (libsodium
// 1.0.18). So text that is not ASCII is refused here, and no code calls that function but this one.
inline std::optional<std::size_t> DecodeBase64(std::string_view text, int variant, const char* ignored, char* into,
                                               std::size_t room) {
  std::size_t size = 0;
  if (!std::all_of(text.begin(), text.end(), IsAscii) ||
      sodium_base642bin(reinterpret_cast<unsigned char*>(into), room, text.data(), text.size(), ignored, &size, nullptr,
                        variant) != 0) {
    return std::nullopt;
  }
  return size;
}

}  // namespace zoobar
