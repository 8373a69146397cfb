// Text as members type it, brought to one form: Normalization Form C (Unicode Standard Annex 15), by utf8proc.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "ipc/bytes.h"

namespace zoobar {

enum class Spaces {
  kKeep,
  kToAscii,  // every space separator (category Zs) becomes U+0020, before NFC
};

// The text in NFC. Nothing when it is not UTF-8 (overlong forms and surrogates included) or holds a control character
// (category Cc, so NUL, tab and line ends too). Empty text gives empty text. Every buffer used is wiped.
// The time is quadratic in a run of combining marks: call it on the loop's thread for short text alone.
std::optional<Bytes> ToNfc(std::string_view utf8, Spaces spaces);

// How many code points there are. Precondition: valid UTF-8.
std::size_t CodePoints(std::string_view utf8);

}  // namespace zoobar
