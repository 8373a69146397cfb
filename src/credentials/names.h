// Members' names: any UTF-8 text of 1 to 128 bytes without control characters, compared and stored in NFC. Nothing else
// is refused. Case is kept: "a" and "A" are two members, and so are "x" and "../x". A name is text, and never a path.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

inline constexpr std::size_t kMaxNameBytes = 128;

// The name as it is stored and looked up. Nothing if no member can have it. Both the typed text and its NFC must keep
// the bound, because a few characters are longer in NFC. So every stored name can be typed again.
std::optional<std::string> NormalisedName(std::string_view typed);

}  // namespace zoobar
