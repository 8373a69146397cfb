// Brings text that members type to one form: Normalization Form C (NFC, Unicode Standard Annex 15). Uses utf8proc.
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

// Returns the text in NFC. Returns nullopt if the text is not valid UTF-8 (overlong forms and surrogates are invalid),
// or if it has a control character (category Cc, which includes NUL, tab and line ends). For empty text, returns empty
// text. Every buffer is wiped after use. The time is quadratic in the length of a run of combining marks. So call this
// on the loop's thread only for short text.
std::optional<Bytes> ToNfc(std::string_view utf8, Spaces spaces);

// Returns the number of code points. The text must be valid UTF-8.
std::size_t CodePoints(std::string_view utf8);

}  // namespace zoobar
