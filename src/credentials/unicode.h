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

// The text in NFC. Nothing if the text is not UTF-8 (overlong forms and surrogates are not), or if it holds a control
// character (category Cc: also NUL, tab and line ends). Empty text gives empty text. Every buffer is wiped after use.
// A run of combining marks takes a time that is quadratic in its length. So call this on the loop's thread only for
// short text.
std::optional<Bytes> ToNfc(std::string_view utf8, Spaces spaces);

// How many code points there are. Precondition: valid UTF-8.
std::size_t CodePoints(std::string_view utf8);

}  // namespace zoobar
