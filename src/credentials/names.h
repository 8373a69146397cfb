// Members' names: any UTF-8 of 1 to 128 bytes without control characters, compared and stored in NFC. Nothing else is
// refused and nothing folded: "a" and "A" are two members, and so are "x" and "../x". A name is text, never a path.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace zoobar {

inline constexpr std::size_t kMaxNameBytes = 128;

// The name as it is stored and looked up. Nothing when no member can have it. The bound holds for what was typed and
// for its NFC (a few characters grow in it), so every stored name can be typed back.
std::optional<std::string> NormalisedName(std::string_view typed);

}  // namespace zoobar
