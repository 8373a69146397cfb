// Members' names. Any UTF-8 text of 1 to 128 bytes without control characters can be a name. Names are compared and
// stored in NFC. Upper and lower case differ, so "a" and "A" are two members. "x" and "../x" are two members too, since
// a name is text and never a path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "limits/names.h"

namespace zoobar {

// Returns the name as it is stored and looked up. Returns nullopt if no member can have this name. Both the typed text
// and its NFC may have at most kMaxNameBytes, because a few characters are longer in NFC. So every stored name can be
// typed again.
std::optional<std::string> NormalisedName(std::string_view typed);

}  // namespace zoobar
